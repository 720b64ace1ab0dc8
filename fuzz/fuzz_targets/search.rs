//! Whatever somebody writes and somebody searches for: folding, splitting, matching and marking do not panic, marks lie in the text, and
//! what is shown is escaped.
#![no_main]
#![allow(dead_code, reason = "these are files of the store, of which the target asks for a part")]

use libfuzzer_sys::fuzz_target;

// The files themselves: the store around them would bring its database.
#[path = "../../libs/store/src/search"]
mod search {
    pub mod fold;
    pub mod highlight;
    pub mod matching;
    pub mod query;
    pub mod tokens;

    /// The query as Postgres gets it.
    pub fn as_postgres_reads_it(query: &query::Query) -> String {
        query.to_tsquery(&[])
    }
}

use search::highlight::highlight;
use search::matching::find_match;
use search::query::Query;
use search::tokens::Tokens;

fuzz_target!(|data: (u8, &str)| {
    let (cut, text) = data;
    // The first characters are the query, the rest is the message.
    let middle = text.char_indices().nth(usize::from(cut)).map_or(text.len(), |(at, _)| at);
    let (asked, message) = text.split_at(middle);
    let tokens = Tokens::of(message);
    for (_, token) in tokens.iter() {
        assert!(!token.is_empty());
    }
    let Ok(query) = Query::parse(asked) else { return };
    assert!(query.wanted().next().is_some());
    let asked_of_postgres = search::as_postgres_reads_it(&query);
    assert!(asked_of_postgres.matches('\'').count() >= 2 && !asked_of_postgres.contains('\0') || asked.contains('\0'));
    let Some(found) = find_match(&query, message) else { return };
    assert!((0.0..=1.0).contains(&found.relevance), "{}", found.relevance);
    assert!(found.spans.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for span in &found.spans {
        assert!(message.get(span.clone()).is_some(), "{span:?}");
    }
    let shown = highlight(message, &found.spans).replace("<mark>", "").replace("</mark>", "");
    assert!(!shown.contains(['<', '>']), "{shown}");
});
