//! The negative control: the history of a right run, as clients that lie would have told it.

use anyhow::{Result, ensure};
use chatcheck::check::check;
use chatcheck::history::{Answer, Event, Line, Via, digest};
use chatcheck::runner::Report;
use uuid::Uuid;

/// What a lie makes of a line; false if it leaves it out.
type Lie = fn(&mut Line) -> bool;

/// Each is told once, in the middle of the run.
const LIES: [(&str, Lie); 6] = [
    ("an event that came was not seen", |line| !matches!(&line.event, Event::Recv(seen) if seen.via == Via::Live)),
    ("another text was seen", |line| {
        if let Event::Recv(seen) = &mut line.event {
            seen.sha256 = Some(digest("a lie"));
        }
        true
    }),
    ("another message was seen", |line| {
        if let Event::Recv(seen) = &mut line.event {
            seen.id = Some(Uuid::from_u128(1));
        }
        true
    }),
    ("an event was seen one place too far", |line| {
        if let Event::Recv(seen) = &mut line.event {
            seen.seq += 1;
        }
        true
    }),
    ("another place was answered", |line| {
        if let Event::Ok(Answer::Sent { seq, .. }) = &mut line.event {
            *seq += 1;
        }
        true
    }),
    ("a message was refused that was stored", |line| {
        if matches!(line.event, Event::Ok(Answer::Sent { .. })) {
            line.event = Event::Fail { code: "unavailable".to_owned() };
        }
        true
    }),
];

/// The history as it is passes; with any one of the lies it does not.
pub fn are_noticed(report: &Report) -> Result<()> {
    for (lie, tell) in LIES {
        let mut lines = report.lines().to_vec();
        // The last reads are most of the lines.
        let middle = lines.len() / 16;
        let mut is_told = false;
        let told = lines.iter_mut().enumerate().map(|(number, line)| {
            if number < middle || is_told || !is_about_a_message(line) {
                return true;
            }
            let before = line.clone();
            let stays = tell(line);
            is_told = !stays || *line != before;
            stays
        });
        let kept: Vec<bool> = told.collect();
        let mut kept = kept.into_iter();
        lines.retain(|_| kept.next().unwrap_or(true));
        ensure!(is_told, "there was no place for: {lie}");
        ensure!(!check(&lines).violations.is_empty(), "not noticed: {lie}");
        println!("LIE | {lie} | noticed |");
    }
    Ok(())
}

/// Named messages alone, seen live, or answered.
fn is_about_a_message(line: &Line) -> bool {
    match &line.event {
        Event::Recv(seen) => seen.is_message() && seen.client_id.is_some() && seen.via == Via::Live,
        Event::Ok(Answer::Sent { .. }) => line.op_id.is_some(),
        _ => false,
    }
}
