//! What is shown of a match: a piece of the text around it, escaped for HTML, with `<mark>` around what was found. Pure.

use std::ops::Range;

/// The most characters of the text that are shown.
const MAX_CHARS: usize = 240;
/// How many of them stand before the first mark, about.
const LEAD_CHARS: usize = 60;
/// How far the ends are moved so that they do not cut a word.
const WORD_CHARS: usize = 20;

/// The piece of `text` with most of these spans (in order, apart from each other).
#[must_use]
pub fn highlight(text: &str, spans: &[Range<usize>]) -> String {
    let window = window(text, spans);
    let mut html = String::with_capacity(window.len() + spans.len() * 13 + 6);
    if window.start > 0 {
        html.push('…');
    }
    let mut at = window.start;
    for span in spans {
        let (start, end) = (span.start.max(window.start), span.end.min(window.end));
        if start >= end {
            continue;
        }
        escape(&text[at..start], &mut html);
        html.push_str("<mark>");
        escape(&text[start..end], &mut html);
        html.push_str("</mark>");
        at = end;
    }
    escape(&text[at..window.end], &mut html);
    if window.end < text.len() {
        html.push('…');
    }
    html
}

/// Which part is shown.
fn window(text: &str, spans: &[Range<usize>]) -> Range<usize> {
    let Some(whole) = nth(text, 0, MAX_CHARS) else { return 0..text.len() };
    let reach = |from: usize| nth(text, from, MAX_CHARS - LEAD_CHARS).unwrap_or(text.len());
    let in_reach = |first: &Range<usize>| {
        let end = reach(first.start);
        spans.iter().filter(|span| span.start >= first.start && span.end <= end).count()
    };
    // Of equals the first.
    let Some(first) = spans.iter().rev().max_by_key(|span| in_reach(span)) else { return 0..whole };
    let start = back(text, first.start, LEAD_CHARS);
    // At the end of a text there is more room before.
    let start = if nth(text, start, MAX_CHARS).is_none() { back(text, text.len(), MAX_CHARS) } else { start };
    let start = begin_of_word(text, start, first.start);
    let end = nth(text, start, MAX_CHARS).unwrap_or(text.len());
    start..end_of_word(text, end, first.end.max(start))
}

/// The place so many characters after another; none if the text ends before.
fn nth(text: &str, from: usize, chars: usize) -> Option<usize> {
    text[from..].char_indices().nth(chars).map(|(at, _)| from + at)
}

/// The place so many characters before another, or the beginning.
fn back(text: &str, from: usize, chars: usize) -> usize {
    text[..from].char_indices().rev().take(chars).last().map_or(from, |(at, _)| at)
}

/// Moves a beginning behind the next blank, if there is one soon and before `limit`.
fn begin_of_word(text: &str, start: usize, limit: usize) -> usize {
    if start == 0 {
        return start;
    }
    let near = text[start..limit.max(start)].char_indices().take(WORD_CHARS);
    near.clone().find(|(_, c)| c.is_whitespace()).map_or(start, |(at, blank)| start + at + blank.len_utf8())
}

/// Moves an end before the last blank, if there is one near and not before `limit`.
fn end_of_word(text: &str, end: usize, limit: usize) -> usize {
    if end == text.len() || limit >= end {
        return end;
    }
    let near = text[limit..end].char_indices().rev().take(WORD_CHARS);
    near.clone().find(|(_, c)| c.is_whitespace()).map_or(end, |(at, _)| limit + at)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::matching::find_match;
    use super::super::query::Query;
    use super::*;

    fn show(query: &str, text: &str) -> String {
        let found = find_match(&Query::parse(query).unwrap(), text).expect("it matches");
        highlight(text, &found.spans)
    }

    #[test]
    fn marks_stand_around_what_was_found() {
        let expected = "<mark>Hello</mark> <mark>World</mark>, say <mark>hello</mark>";
        assert_eq!(show("world hel", "Hello World, say hello"), expected);
    }

    #[test]
    fn html_of_people_is_text() {
        let text = "<script>alert('x')</script> & <mark>\"roof\"</mark>";
        assert_eq!(
            show("roof script", text),
            "&lt;<mark>script</mark>&gt;alert(&#39;x&#39;)&lt;/<mark>script</mark>&gt; &amp; &lt;mark&gt;&quot;<mark>roof</mark>\
             &quot;&lt;/mark&gt;"
        );
    }

    #[test]
    fn long_texts_are_shown_around_most_hits() {
        let filler = "lorem ipsum dolor sit amet ".repeat(40);
        let text = format!("roof {filler}the red roof, the roof! {filler}");
        let shown = show("roof", &text);
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("the red <mark>roof</mark>, the <mark>roof</mark>!"), "{shown}");
        assert!(shown.chars().count() <= MAX_CHARS + 2 + 2 * 13, "{shown}");
        assert!(show("last", &format!("{filler} the very last")).ends_with("the very <mark>last</mark>"));
    }

    #[test]
    fn endless_words_are_cut() {
        let shown = show("aaa", &"a".repeat(10_000));
        assert_eq!(shown, format!("<mark>{}</mark>…", "a".repeat(MAX_CHARS)));
        assert!(show("東", &"東京".repeat(2000)).chars().count() < MAX_CHARS * 8);
    }

    proptest! {
        #[test]
        fn nothing_but_marks_is_html(text in "[a-c<>&\"' éß東\u{301}]{0,600}", query in "[a-c東]{1,3}") {
            let parsed = Query::parse(&query).unwrap();
            if let Some(found) = find_match(&parsed, &text) {
                let shown = highlight(&text, &found.spans);
                let bare = shown.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(!bare.contains(['<', '>', '"', '\'']), "{shown}");
                prop_assert!(shown.contains("<mark>"), "{shown}");
                prop_assert_eq!(shown.matches("<mark>").count(), shown.matches("</mark>").count());
                let names = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
                let plain = names.iter().fold(bare, |plain, (name, sign)| plain.replace(name, sign));
                prop_assert!(text.contains(plain.trim_matches('…')), "{shown}");
            }
        }
    }
}
