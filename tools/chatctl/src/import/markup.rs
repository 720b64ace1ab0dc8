//! Slack's texts as plain ones: people by their names, links as they are, characters that were escaped as themselves.

use std::collections::HashMap;

/// Knows what people are called.
pub(super) struct Markup {
    names: HashMap<String, String>,
}

impl Markup {
    pub(super) const fn new(names: HashMap<String, String>) -> Self {
        Self { names }
    }

    /// The text as people read it.
    pub(super) fn plain(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            plain.push_str(before);
            let Some((inside, after)) = after.split_once('>') else {
                plain.push('<');
                rest = after;
                continue;
            };
            plain.push_str(&self.reference(inside));
            rest = after;
        }
        plain.push_str(rest);
        plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    }

    fn reference(&self, inside: &str) -> String {
        let (target, label) = inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
        match target.split_at_checked(1) {
            Some(("@", id)) => format!("@{}", label.or(self.names.get(id).map(String::as_str)).unwrap_or(id)),
            Some(("#", id)) => format!("#{}", label.unwrap_or(id)),
            Some(("!", name)) => label.map_or_else(|| format!("@{name}"), str::to_owned),
            _ => match label {
                Some(label) if label != target => format!("{label} ({target})"),
                _ => target.to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_people_see_them() {
        let markup = Markup::new(HashMap::from([("U1".to_owned(), "Ada".to_owned())]));
        for (text, plain) in [
            ("hi <@U1>, <@U2>", "hi @Ada, @U2"),
            ("<#C1|jobs> <!here>", "#jobs @here"),
            ("<https://a.example|the offer> <https://b.example>", "the offer (https://a.example) https://b.example"),
            ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
            ("&amp;lt;", "&lt;"),
            ("a < b", "a < b"),
        ] {
            assert_eq!(markup.plain(text), plain);
        }
    }
}
