//! What every page has around its own: who reads it, where it is, and what is to be said first.
//!
//! Templates reach texts and files through it; they have no logic of their own.

use fluent_bundle::FluentValue;

use super::notice::Notice;
use super::request::Asked;
use super::search::encoded;
use super::text;
use crate::web;

/// The frame of a page.
#[derive(Debug, Clone)]
pub(crate) struct Shell {
    /// The title of the page, without the site's name.
    pub(crate) title: String,
    /// One sentence for those who list it.
    pub(crate) description: String,
    /// Where it is, whatever it was asked with.
    pub(crate) canonical: Option<String>,
    /// Whether it may be listed by search engines.
    pub(crate) listed: bool,
    /// What whoever reads it is called, if signed in with an account.
    pub(crate) name: Option<String>,
    /// What came of what was asked before.
    pub(crate) notice: Option<Notice>,
    /// What the page is part of, for the navigation.
    pub(crate) part: Part,
    /// Where to come back to after signing in.
    pub(crate) here: String,
}

/// The parts of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Events,
    Bookings,
    Account,
    Other,
}

impl Shell {
    /// The frame of a page that was asked for.
    pub(crate) fn new(asked: &Asked, part: Part, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            description: text::say("site-description"),
            canonical: None,
            listed: false,
            name: asked.visitor_name(),
            notice: Notice::of(asked),
            part,
            here: asked.here.clone(),
        }
    }

    /// The frame of a page that could not be shown, of whoever's.
    pub(crate) fn of_error(title: String) -> Self {
        Self {
            title,
            description: String::new(),
            canonical: None,
            listed: false,
            name: None,
            notice: None,
            part: Part::Other,
            here: "/".into(),
        }
    }

    /// May be listed, under this address.
    pub(crate) fn listed_as(mut self, canonical: String) -> Self {
        (self.canonical, self.listed) = (Some(canonical), true);
        self
    }

    /// With a sentence of its own.
    pub(crate) fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    pub(crate) fn say(&self, name: &str) -> String {
        text::say(name)
    }

    pub(crate) fn count(&self, name: &str, count: &u64) -> String {
        text::count(name, *count)
    }

    /// A text with one variable.
    pub(crate) fn with(&self, name: &str, variable: &str, value: impl AsRef<str>) -> String {
        text::say_with(name, &[(variable, FluentValue::from(value.as_ref()))])
    }

    /// Where a file of the site is.
    pub(crate) fn asset(&self, name: &str) -> String {
        web::asset(name)
    }

    pub(crate) fn language(&self) -> &'static str {
        text::LANGUAGE
    }

    /// Where to sign in, to come back here.
    pub(crate) fn sign_in(&self) -> String {
        format!("/sign-in?next={}", encoded(&self.here))
    }

    /// `aria-current` of a part's link.
    pub(crate) fn current(&self, part: &str) -> bool {
        match self.part {
            Part::Events => part == "events",
            Part::Bookings => part == "bookings",
            Part::Account => part == "account",
            Part::Other => false,
        }
    }

    /// Whether the field of this name was refused.
    pub(crate) fn is_wrong(&self, field: &str) -> bool {
        self.notice.as_ref().is_some_and(|notice| notice.is_about(field))
    }

    /// Whether what was asked before was refused.
    pub(crate) fn was_refused(&self) -> bool {
        self.notice.as_ref().is_some_and(|notice| notice.tone == "bad")
    }

    /// Texts for scripts, as JSON that may stand in HTML.
    pub(crate) fn texts(&self, names: &[&str]) -> String {
        json_in_html(&text::for_scripts(names))
    }
}

/// JSON that may stand in a `<script>` of data: nothing in it ends the element.
pub(crate) fn json_in_html(json: &serde_json::Value) -> String {
    json.to_string().replace('<', "\\u003c")
}
