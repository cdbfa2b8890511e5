//! Texts for scripts: patterns whose gaps a script fills, `{ $price }` as `{price}`, and for what is
//! counted one pattern for each plural category.

use fluent_bundle::memoizer::MemoizerKind;
use serde_json::{Map, Value as Json};

use super::{Catalogue, PLURALS, Value, said};

/// What a number is written as: scripts know one, the count.
const COUNT: &str = "{$count}";

impl Catalogue {
    /// The texts of these names, or of all names that begin so, if one ends with a hyphen: each a
    /// pattern, or an object of patterns by plural category.
    #[must_use]
    pub fn for_scripts(&self, wanted: &[&str]) -> Json {
        let is_wanted = |name: &&String| {
            wanted.iter().any(|each| match each.ends_with('-') {
                true => name.starts_with(each),
                false => name == each,
            })
        };
        let texts = self.names.iter().filter(is_wanted);
        Json::Object(texts.map(|name| (name.clone(), self.pattern(name))).collect())
    }

    fn pattern(&self, name: &str) -> Json {
        let of = |number: u64| {
            let count = [("count", Value::from(number))];
            said(&self.gaps, name, &count).unwrap_or_default().replace("{$", "{")
        };
        let forms = PLURALS.map(|(category, number)| (category, of(number)));
        let (_, other) = &forms[PLURALS.len() - 1];
        if forms.iter().all(|(_, form)| form == other) {
            return other.clone().into();
        }
        let forms = forms.into_iter().map(|(category, form)| (category.to_owned(), form.into()));
        Json::Object(forms.collect::<Map<_, _>>())
    }
}

/// What is not told, Fluent writes as its name in braces; this does the same for numbers.
pub(super) fn gap<M: MemoizerKind>(value: &Value<'_>, _: &M) -> Option<String> {
    matches!(value, Value::Number(_)).then(|| COUNT.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scripts_get_patterns_with_a_form_for_each_plural_category() {
        let texts = Catalogue::english(
            "map-in = Zoom in\nmap-from = from { $price }\nother = x\n\
             map-free = { $count ->\n    [one] one seat\n   *[other] { $count } seats of { $all }\n}\n",
        );
        let all = json!({
            "map-in": "Zoom in",
            "map-from": "from {price}",
            "map-free": {"one": "one seat", "other": "{count} seats of {all}"},
        });
        assert_eq!(texts.for_scripts(&["map-"]), all);
        assert_eq!(texts.for_scripts(&["map-in", "nothing"]), json!({"map-in": "Zoom in"}));
    }
}
