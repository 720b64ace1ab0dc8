//! When all is quiet, everybody reads everything: each list in both directions, and some resume from the very beginning.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;
use uuid::Uuid;

use super::arena::Arena;
use crate::client::{Person, Socket, delivery_of};
use crate::history::{Answer, Event, Proc, Request, Via, Who};

/// The device that resumes from the beginning.
const FRESH_DEVICE: u32 = 1000;
/// More than this is not resumed but reloaded; the head may be a little further than when it was asked for.
const RESUMABLE: i64 = 4_900;
/// How long a resume from the beginning may take.
const RESUME_LIMIT: Duration = Duration::from_secs(20);

/// All lists by so many people, and on each gateway somebody's resume of each conversation.
pub async fn read_everything(arena: &Arena, readers: usize) -> Result<()> {
    let lists = arena.people().iter().take(readers).map(|person| read_lists(arena, person));
    // A list that fails is noted as such in the history.
    join_all(lists).await;
    for (number, conv) in arena.conversations().iter().enumerate() {
        for (gateway, url) in arena.doors().gateways.iter().enumerate() {
            let person = &arena.people()[(number + gateway) % arena.people().len()];
            let resume = resume_from_the_beginning(arena, person, *conv, gateway, url);
            timeout(RESUME_LIMIT, resume).await.context("a resume from the beginning took too long")??;
        }
    }
    Ok(())
}

async fn read_lists(arena: &Arena, person: &Person) {
    for conv in arena.conversations() {
        for via in Via::LISTS {
            read_list(arena, person, *conv, via).await;
        }
    }
}

async fn read_list(arena: &Arena, person: &Person, conv: Uuid, via: Via) {
    let recorder = arena.recorder();
    let who = Who { user: person.id, dev: 0, conn: None };
    let op = Some(recorder.fresh_id());
    let note = |event| recorder.note(Proc::Reader, who, op, event);
    note(Event::Invoke(Request::Read { conv, via, after_seq: 0 }));
    match arena.doors().api.read_list(person, conv, via, 0).await {
        Ok(list) => {
            list.rows.into_iter().for_each(|row| note(Event::Recv(row)));
            note(Event::Ok(Answer::Read { first_seq: list.first_seq, last_seq: list.last_seq }));
        }
        Err(error) => note(Event::Info { reason: format!("{error:#}") }),
    }
}

async fn resume_from_the_beginning(
    arena: &Arena,
    person: &Person,
    conv: Uuid,
    gateway: usize,
    url: &str,
) -> Result<()> {
    if arena.doors().api.head(person, conv).await? > RESUMABLE {
        return Ok(());
    }
    let recorder = arena.recorder();
    let socket_id = Some(recorder.fresh_id());
    // A device of its own on each gateway: what it gets, it gets by this resume alone.
    let dev = FRESH_DEVICE + u32::try_from(gateway).unwrap_or_default();
    let note = |op, event| recorder.note(Proc::People, Who { user: person.id, dev, conn: socket_id }, op, event);
    let (connect, resume) = (Some(recorder.fresh_id()), Some(recorder.fresh_id()));
    note(connect, Event::Invoke(Request::Connect { conv, gateway, waits: true }));
    let url = format!("{url}/ws/chat/{conv}/?live=after_resume");
    let mut socket = Socket::open(&url, &person.token, None).await?;
    loop {
        let frame = match socket.next().await {
            Ok(frame) => frame,
            Err(end) => {
                note(None, Event::Closed { code: None, reason: format!("{end:?}") });
                bail!("a resume from the beginning ended with {end:?}");
            }
        };
        match (frame["type"].as_str().unwrap_or_default(), frame["last_seq"].as_i64()) {
            ("ready", Some(last_seq)) => {
                note(connect, Event::Ok(Answer::Ready { last_seq }));
                note(resume, Event::Invoke(Request::Resume { conv, after_seq: 0 }));
                let asked = socket.send(&json!({"type": "resume", "after_seq": 0})).await;
                asked.map_err(|end| anyhow::anyhow!("cannot resume: {end:?}"))?;
            }
            ("resumed", Some(last_seq)) => {
                note(resume, Event::Ok(Answer::Resumed { last_seq }));
                break;
            }
            ("resync_required", Some(last_seq)) => {
                note(resume, Event::Ok(Answer::Resync { last_seq }));
                break;
            }
            _ => {
                if let Some(seen) = delivery_of(conv, &frame, Via::Resume) {
                    note(None, Event::Recv(seen));
                }
            }
        }
    }
    note(None, Event::Closed { code: Some(1000), reason: "left".to_owned() });
    socket.close().await;
    Ok(())
}
