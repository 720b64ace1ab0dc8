//! Who may do what: every call and every frame, by every kind of caller, on every kind of object, against two tables that are written by
//! hand. Which rows there must be is told by the `OpenAPI` document and by the type of the frames.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod actor;
mod calls;
mod coverage;
mod frames;
mod secrecy;
mod table;
mod targets;
mod world;

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::actor::Actor;
use crate::secrecy::{Answers, Said};
use crate::table::{Row, Table};
use crate::world::World;

#[tokio::test]
async fn callers_may_do_what_the_table_says() {
    let world = World::new().await;
    let table = Table::rest();
    let mut answers = Answers::default();
    let mut wrong = Vec::new();
    for row in &table.rows {
        let asked = Actor::ALL.map(|actor| calls::ask(&world, row, actor));
        for (actor, said) in Actor::ALL.into_iter().zip(join_all(asked).await) {
            note(row, actor, said, &mut answers, &mut wrong);
        }
    }
    wrong.extend(answers.contradictions());
    assert!(wrong.is_empty(), "{} of the answers are others:\n{}", wrong.len(), wrong.join("\n"));
    assert!(answers.count() > 1000, "{} answers", answers.count());
}

#[tokio::test]
async fn frames_are_answered_as_the_table_says() {
    let world = World::new().await;
    let table = Table::frames();
    let mut answers = Answers::default();
    let mut wrong = Vec::new();
    for row in &table.rows {
        frames::make_news(&world, row).await;
        let asked = Actor::ALL.map(|actor| frames::ask(&world, row, actor));
        for (actor, said) in Actor::ALL.into_iter().zip(join_all(asked).await) {
            note(row, actor, said, &mut answers, &mut wrong);
        }
    }
    wrong.extend(answers.contradictions());
    assert!(wrong.is_empty(), "{} of the answers are others:\n{}", wrong.len(), wrong.join("\n"));
    assert!(answers.count() > 400, "{} answers", answers.count());
}

fn note(row: &Row, actor: Actor, said: Said, answers: &mut Answers, wrong: &mut Vec<String>) {
    let expected = row.expected(actor);
    if said.outcome != expected {
        wrong.push(format!("{row} by {}: {} instead of {expected}: {}", actor.name(), said.outcome, said.text));
    }
    wrong.extend(secrecy::leaks(row, actor, &said));
    answers.add(row, actor, said);
}

#[test]
fn tables_have_a_verdict_for_every_caller() {
    for table in [Table::rest(), Table::frames()] {
        let by_subject = table.rows.iter().fold(BTreeMap::<_, u32>::new(), |mut seen, row| {
            *seen.entry((&row.subject, &row.object)).or_default() += 1;
            seen
        });
        assert!(by_subject.values().all(|rows| *rows == 1), "a row stands twice");
    }
}
