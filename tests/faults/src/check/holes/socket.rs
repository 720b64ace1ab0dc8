//! Follows one socket through its lines: what may come next, and whether it did.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::check::index::Device;
use crate::history::{Answer, Event, Line, Request};

/// A socket, as far as it was followed.
#[derive(Debug)]
pub struct Socket {
    pub device: Device,
    pub conv: Option<Uuid>,
    /// Everything after this position concerns it.
    pub base: Option<i64>,
    pub seen: BTreeSet<i64>,
    waits: bool,
    /// The head that `ready` told.
    ready: Option<i64>,
    /// What comes next live; none before the resume that is waited for.
    next_live: Option<i64>,
    /// How far a resume that is not answered yet has come.
    resuming: Option<i64>,
    has_begun: bool,
}

/// Follows a socket to its end or to the first thing that is wrong.
pub fn follow(lines: &[&Line]) -> (Socket, Option<String>) {
    let first = lines.first();
    let device = Device {
        user: first.and_then(|line| line.user).unwrap_or_default(),
        dev: first.and_then(|line| line.dev).unwrap_or_default(),
    };
    let mut socket = Socket {
        device,
        conv: None,
        base: None,
        seen: BTreeSet::new(),
        waits: false,
        ready: None,
        next_live: None,
        resuming: None,
        has_begun: false,
    };
    let mut wrong = None;
    for line in lines {
        let step = socket.step(&line.event);
        wrong = wrong.or(step.err());
    }
    (socket, wrong)
}

impl Socket {
    /// For reports.
    pub fn name(&self) -> String {
        format!("user {}.{}", self.device.user, self.device.dev)
    }

    /// Whether a resume is not answered yet.
    pub fn is_resuming(&self) -> bool {
        self.resuming.is_some()
    }

    fn step(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Invoke(Request::Connect { conv, waits, .. }) => {
                (self.conv, self.waits) = (Some(*conv), *waits);
                Ok(())
            }
            Event::Ok(Answer::Ready { last_seq }) => {
                self.ready = Some(*last_seq);
                self.base = Some(self.base.map_or(*last_seq, |base| base.min(*last_seq)));
                self.next_live = (!self.waits).then_some(last_seq + 1);
                Ok(())
            }
            Event::Invoke(Request::Resume { after_seq, .. }) => {
                self.base = Some(self.base.map_or(*after_seq, |base| base.min(*after_seq)));
                (self.resuming, self.has_begun) = (Some(*after_seq), false);
                Ok(())
            }
            Event::Ok(Answer::Resumed { last_seq }) => self.end_resume(*last_seq),
            Event::Ok(Answer::Resync { last_seq }) => {
                self.resuming = None;
                self.next_live.get_or_insert(last_seq + 1);
                if self.has_begun { Err("resync_required after part of the events".to_owned()) } else { Ok(()) }
            }
            Event::Recv(seen) => self.receive(seen.seq),
            _ => Ok(()),
        }
    }

    fn receive(&mut self, seq: i64) -> Result<(), String> {
        if self.ready.is_none() {
            return Err(format!("seq {seq} before ready"));
        }
        let due_live = self.next_live.map(|next| self.unseen_from(next));
        let due_resumed = self.resuming.map(|after| self.unseen_from(after + 1));
        if !self.seen.insert(seq) {
            return Err(format!("seq {seq} came twice"));
        }
        if Some(seq) == due_resumed {
            self.resuming = Some(seq);
            self.has_begun |= Some(seq) != due_live;
            return Ok(());
        }
        if Some(seq) == due_live && !self.has_begun {
            self.next_live = Some(seq + 1);
            return Ok(());
        }
        // Further trouble would only repeat this one.
        self.next_live = Some(seq + 1);
        Err(format!("seq {seq} came, due was {due_live:?} live or {due_resumed:?} by resume"))
    }

    fn end_resume(&mut self, last_seq: i64) -> Result<(), String> {
        let Some(after) = self.resuming.take() else { return Err("resumed without a resume".to_owned()) };
        let due = self.unseen_from(after + 1);
        self.has_begun = false;
        self.next_live = Some(due.max(last_seq + 1));
        if due <= last_seq {
            return Err(format!("resumed up to {last_seq} without {due}"));
        }
        let promised = self.ready.unwrap_or_default();
        if due <= promised { Err(format!("resumed up to {last_seq}, ready said {promised}")) } else { Ok(()) }
    }

    fn unseen_from(&self, mut seq: i64) -> i64 {
        while self.seen.contains(&seq) {
            seq += 1;
        }
        seq
    }
}
