//! The tables, as they are written.

use std::fmt;

use chat_protocol::error::ErrorCode;

use crate::actor::Actor;

/// What is expected of everything.
pub struct Table {
    /// Row by row.
    pub rows: Vec<Row>,
}

/// One call on one object, by everybody.
#[derive(Debug)]
pub struct Row {
    /// The method and the path of a call, or the kind of a socket and the frame.
    pub subject: [String; 2],
    /// What it is about.
    pub object: String,
    verdicts: Vec<String>,
}

impl Table {
    /// Of the calls.
    pub fn rest() -> Self {
        Self::read(include_str!("rest.table"), with_code)
    }

    /// Of the frames.
    pub fn frames() -> Self {
        Self::read(include_str!("frames.table"), str::to_owned)
    }

    fn read(text: &str, verdict: fn(&str) -> String) -> Self {
        let mut lines = text.lines().map(words).filter(|words| !words.is_empty());
        let columns = lines.next().expect("a line of columns");
        assert_eq!(columns[1..], Actor::ALL.map(Actor::name));
        let rows = lines.map(|words| {
            let [one, other, object, verdicts @ ..] = words.as_slice() else { panic!("{words:?}") };
            assert_eq!(verdicts.len(), Actor::ALL.len(), "{words:?}");
            Row {
                subject: [one, other].map(|word| (*word).to_owned()),
                object: (*object).to_owned(),
                verdicts: verdicts.iter().map(|word| verdict(word)).collect(),
            }
        });
        Self { rows: rows.collect() }
    }
}

fn words(line: &str) -> Vec<&str> {
    if line.starts_with('#') { Vec::new() } else { line.split_whitespace().collect() }
}

/// A refusal with the code that usually goes with its status.
fn with_code(verdict: &str) -> String {
    let status: Option<u16> = verdict.parse().ok();
    match ErrorCode::ALL.into_iter().find(|code| Some(code.status()) == status) {
        Some(code) => format!("{verdict}:{code}"),
        None => verdict.to_owned(),
    }
}

impl Row {
    /// What this caller must be answered.
    pub fn expected(&self, actor: Actor) -> &str {
        &self.verdicts[actor as usize]
    }

    /// Whether this caller is to succeed.
    pub fn is_allowed(&self, actor: Actor) -> bool {
        self.expected(actor).starts_with('2')
    }

    /// The object without what is done to it.
    pub fn kind(&self) -> &str {
        self.object.split(':').next().unwrap_or_default()
    }

    /// What is done to the object, where that is not always the same.
    pub fn variant(&self) -> &str {
        self.object.split_once(':').map_or("", |(_, variant)| variant)
    }

    /// `GET /api/…` or `chat send_message`.
    pub fn name(&self) -> String {
        self.subject.join(" ")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.object)
    }
}
