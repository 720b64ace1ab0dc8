//! Somebody's socket: everything that it tells is noted, and when it ends another is opened, with a resume.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::World;
use crate::client::{End, Socket, delivery_of};
use crate::history::{Answer, Event, Notice, Proc, Request, Via, Who};
use crate::people::Position;

/// The wait before another socket.
const PAUSE: Duration = Duration::from_millis(200);
/// A socket that says nothing for so long is dead: heartbeats come every 25 s.
const SILENCE: Duration = Duration::from_mins(1);

/// Somebody who listens.
#[derive(Debug)]
pub struct Ear {
    world: Arc<World>,
    number: usize,
    /// To which conversation; to who is there without one.
    conv: Option<Uuid>,
    position: Option<Position>,
    attempts: usize,
    resume_op: Option<u64>,
}

impl Ear {
    pub fn new(world: Arc<World>, number: usize, conv: Option<Uuid>) -> Self {
        Self { world, number, conv, position: None, attempts: number, resume_op: None }
    }

    /// Until all is silent.
    pub async fn run(mut self) {
        let world = Arc::clone(&self.world);
        while self.conv.is_none() || *world.gone.borrow() != Some(self.number) {
            self.sit().await;
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = world.until_silent() => return,
            }
        }
    }

    async fn sit(&mut self) {
        let conn = self.world.recorder.fresh_id();
        let connect_op = self.world.recorder.fresh_id();
        let gateways = &self.world.doors.gateways;
        let gateway = self.attempts % gateways.len().max(1);
        self.attempts += 1;
        let base = gateways.get(gateway).cloned().unwrap_or_default();
        let mut url = format!("{base}/ws/presence/");
        if let Some(conv) = self.conv {
            let connect = Request::Connect { conv, gateway, waits: false };
            self.note(conn, Some(connect_op), Event::Invoke(connect));
            url = format!("{base}/ws/chat/{conv}/");
            if let Some(position) = &self.position {
                let after_seq = position.whole();
                let op = self.world.recorder.fresh_id();
                self.note(conn, Some(op), Event::Invoke(Request::Resume { conv, after_seq }));
                self.resume_op = Some(op);
                url = format!("{url}?after_seq={after_seq}");
            }
        }
        let end = match Socket::open(&url, &self.world.people[self.number].token, None).await {
            Ok(socket) => self.listen(socket, conn, connect_op).await,
            Err(error) => {
                self.note(conn, Some(connect_op), Event::Fail { code: format!("{error:#}") });
                return;
            }
        };
        self.resume_op = None;
        let (code, reason) = match end {
            Some(End::Closed(code, reason)) => (Some(code), reason),
            Some(End::Lost(reason)) => (None, reason),
            None => (Some(1000), "left".to_owned()),
        };
        self.note(conn, None, Event::Closed { code, reason });
    }

    /// None if it was closed from here.
    async fn listen(&mut self, mut socket: Socket, conn: u64, connect_op: u64) -> Option<End> {
        let world = Arc::clone(&self.world);
        loop {
            let frame = tokio::select! {
                frame = timeout(SILENCE, socket.next()) => match frame {
                    Ok(Ok(frame)) => frame,
                    Ok(Err(end)) => return Some(end),
                    Err(_) => return Some(End::Lost("nothing came any more".to_owned())),
                },
                () = world.until_silent() => {
                    socket.close().await;
                    return None;
                }
            };
            let is_ready = frame["type"] == "ready";
            self.hear(conn, connect_op, &frame);
            // Typing is told to the others, and takes no place in the log.
            if is_ready
                && self.conv.is_some()
                && let Err(end) = socket.send(&json!({"type": "typing_start"})).await
            {
                return Some(end);
            }
        }
    }

    fn hear(&mut self, conn: u64, connect_op: u64, frame: &Value) {
        let last_seq = frame["last_seq"].as_i64();
        match (frame["type"].as_str().unwrap_or_default(), last_seq) {
            ("ready", last_seq) => {
                let last_seq = last_seq.unwrap_or_default();
                self.note(conn, Some(connect_op), Event::Ok(Answer::Ready { last_seq }));
                self.position.get_or_insert_with(|| Position::up_to(last_seq));
            }
            ("resumed", Some(last_seq)) => {
                let op = self.resume_op.take();
                self.note(conn, op, Event::Ok(Answer::Resumed { last_seq }));
                for state in frame["read_state"].as_array().into_iter().flatten() {
                    if let Some((conv, about, up_to)) = self.marks(&state["reader_id"], &state["up_to_seq"]) {
                        self.note(conn, None, Event::Told(Notice::ReadState { conv, about, up_to }));
                    }
                }
            }
            ("resync_required", Some(last_seq)) => {
                let op = self.resume_op.take();
                self.note(conn, op, Event::Ok(Answer::Resync { last_seq }));
                self.position = Some(Position::up_to(last_seq));
            }
            ("messages_read", _) => {
                if let Some((conv, about, up_to)) = self.marks(&frame["reader_id"], &frame["up_to_seq"]) {
                    self.note(conn, None, Event::Told(Notice::Marks { conv, about, up_to }));
                }
            }
            ("typing_indicator", _) if frame["is_typing"] == true => {
                if let (Some(conv), Some(about)) = (self.conv, frame["user_id"].as_u64()) {
                    self.note(conn, None, Event::Told(Notice::Typing { conv, about }));
                }
            }
            ("presence_snapshot", _) => {
                frame["users"].as_array().into_iter().flatten().for_each(|row| self.tell_presence(conn, row));
            }
            ("user_status_change", _) => self.tell_presence(conn, frame),
            _ => self.hear_event(conn, frame),
        }
    }

    fn hear_event(&mut self, conn: u64, frame: &Value) {
        let via = if self.resume_op.is_some() { Via::Resume } else { Via::Live };
        if let Some(seen) = self.conv.and_then(|conv| delivery_of(conv, frame, via)) {
            self.position.get_or_insert_default().add(seen.seq);
            self.note(conn, None, Event::Recv(seen));
        }
    }

    fn marks(&self, reader: &Value, up_to: &Value) -> Option<(Uuid, u64, i64)> {
        Some((self.conv?, reader.as_u64()?, up_to.as_i64()?))
    }

    fn tell_presence(&self, conn: u64, row: &Value) {
        if let (Some(about), Some(is_online)) = (row["user_id"].as_u64(), row["is_online"].as_bool()) {
            self.note(conn, None, Event::Told(Notice::Presence { about, is_online }));
        }
    }

    fn note(&self, conn: u64, op: Option<u64>, event: Event) {
        // Who watches who is there is a device of its own.
        let dev = u32::from(self.conv.is_none());
        let who = Who { user: self.world.people[self.number].id, dev, conn: Some(conn) };
        self.world.recorder.note(Proc::People, who, op, event);
    }
}
