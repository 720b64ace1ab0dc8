//! Somebody who says things on a socket: one command at a time goes to the stream, each until it is answered; when the socket ends, what
//! had no answer is said again under the same name.

use std::collections::VecDeque;

use super::store::{Command, Reply};

/// A sender and the outbox of the gateway behind the socket.
#[derive(Debug, Default)]
pub struct Sender {
    pub number: usize,
    said: u32,
    /// On this socket: what was said and not answered, and whether the stream is known to have it.
    pub outbox: VecDeque<(Command, bool)>,
    /// The answers: name and place.
    pub answered: Vec<(u32, i64)>,
}

impl Sender {
    pub fn new(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    /// Something new; its command has this id.
    pub fn say(&mut self, id: u64) {
        self.said += 1;
        self.outbox.push_back((Command { id, sender: self.number, client_id: self.said }, false));
    }

    pub fn said(&self) -> u32 {
        self.said
    }

    /// What the stream is to be offered next: the oldest that it is not known to have.
    pub fn next(&self) -> Option<Command> {
        self.outbox.iter().find(|(_, is_taken)| !is_taken).map(|(command, _)| *command)
    }

    /// The stream says that it has a command.
    pub fn taken(&mut self, id: u64) {
        self.outbox.iter_mut().filter(|(command, _)| command.id == id).for_each(|(_, is_taken)| *is_taken = true);
    }

    /// Nobody has heard of what was taken: from the oldest on everything is offered again.
    pub fn doubt(&mut self) {
        self.outbox.iter_mut().for_each(|(_, is_taken)| *is_taken = false);
    }

    pub fn hear(&mut self, reply: Reply) {
        let before = self.outbox.len();
        self.outbox.retain(|(command, _)| command.id != reply.command.id);
        if self.outbox.len() < before {
            self.answered.push((reply.command.client_id, reply.seq));
        }
    }

    /// The socket is gone, and what it had. The client says it again, in the same order, as other commands.
    pub fn reconnect(&mut self, mut fresh_id: impl FnMut() -> u64) {
        for (command, is_taken) in &mut self.outbox {
            (command.id, *is_taken) = (fresh_id(), false);
        }
    }
}
