//! Titles as HTML, with the words that matched marked.
//!
//! The markup is ours and the text is not: everything else is escaped.

use super::matching::Matcher;
use super::text::words;

/// The title, escaped, what matched within `<mark>`.
pub(super) fn title_html(title: &str, matcher: &Matcher) -> String {
    let mut html = String::with_capacity(title.len() + 32);
    let mut at = 0;
    if !matcher.is_empty() {
        for word in words(title).into_iter().filter(|word| matcher.is_hit(&word.folded)) {
            escape(&title[at..word.range.start], &mut html);
            html.push_str("<mark>");
            escape(&title[word.range.clone()], &mut html);
            html.push_str("</mark>");
            at = word.range.end;
        }
    }
    escape(&title[at..], &mut html);
    html
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
}
