//! One participant: a socket that speaks when it is its turn, and counts what comes. Frames are read where they lie.

use std::rc::Rc;

use anyhow::bail;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc::UnboundedReceiver;

use super::crowd::Crowd;
use super::dialect::{Dialect, Meaning};
use crate::frames::{CLOSE, PING, PONG, Sight, TEXT, from_client, whole};
use crate::opening::Connection;
use crate::pace::Order;

/// What is read from a socket at once, at the least.
const READ_BYTES: usize = 8 * 1024;
/// Orders that are carried out with one write.
const TOGETHER: usize = 64;

/// A participant.
pub(super) struct Member {
    crowd: Rc<Crowd>,
    dialect: Dialect,
    /// Its number among all.
    index: usize,
}

impl Member {
    pub(super) fn new(crowd: Rc<Crowd>, dialect: Dialect, index: usize) -> Self {
        Self { crowd, dialect, index }
    }

    /// Lives until the socket ends, or the program.
    pub(super) async fn live(self, connection: Connection, mut orders: UnboundedReceiver<Order>) {
        if let Err(error) = self.talk(connection, &mut orders).await {
            self.crowd.note_end(&error.to_string());
        }
    }

    async fn talk(&self, connection: Connection, orders: &mut UnboundedReceiver<Order>) -> anyhow::Result<()> {
        let Connection { mut stream, mut read } = connection;
        let (mut out, mut due) = (Vec::new(), Vec::new());
        loop {
            tokio::select! {
                more = stream.read_buf(&mut read) => {
                    if more? == 0 {
                        bail!("the connection ended");
                    }
                    self.take(&mut read, &mut out)?;
                }
                some = orders.recv_many(&mut due, TOGETHER) => {
                    if some == 0 {
                        return Ok(());
                    }
                    out.extend(due.drain(..).flat_map(|order| self.frame(order)));
                }
            }
            if !out.is_empty() {
                stream.write_all(&out).await?;
                out.clear();
            }
            read.reserve(READ_BYTES);
        }
    }

    fn frame(&self, order: Order) -> Vec<u8> {
        let (label, text) = self.crowd.text(self.index, order);
        from_client(TEXT, self.dialect.say(&label, &text).as_bytes())
    }

    /// Takes all whole frames; what has to be answered goes to `out`.
    fn take(&self, read: &mut Vec<u8>, out: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut done = 0;
        while let Some((opcode, payload)) = whole(&read[done..]) {
            let end = done + payload.end;
            let frame = &read[done + payload.start..end];
            match opcode {
                TEXT => self.hear(frame, out),
                PING => out.extend(from_client(PONG, frame)),
                CLOSE => bail!("closed: {}", String::from_utf8_lossy(frame.get(2..).unwrap_or_default())),
                _ => {}
            }
            done = end;
        }
        read.drain(..done);
        Ok(())
    }

    /// Marks what somebody else has said as read, at once.
    fn mark(&self, frame: &[u8], out: &mut Vec<u8>) {
        if !self.crowd.is_marked.get() {
            return;
        }
        let Some(up_to) = (Sight { opcode: TEXT, start: frame }).seq() else { return };
        out.extend(from_client(TEXT, format!(r#"{{"type":"mark_as_read","up_to":{up_to}}}"#).as_bytes()));
        self.crowd.note_mark();
    }

    fn hear(&self, frame: &[u8], out: &mut Vec<u8>) {
        match self.dialect.meaning(frame) {
            Meaning::Event => {
                let Some(label) = self.crowd.label(frame) else { return };
                self.crowd.hear_event(label);
                if label.sender != self.index {
                    self.mark(frame, out);
                } else if self.dialect.answers_by_event() {
                    self.crowd.hear_ack(label);
                }
            }
            Meaning::Ack => {
                if let Some(label) = self.crowd.label(frame) {
                    self.crowd.hear_ack(label);
                }
            }
            Meaning::Refusal => self.crowd.hear_refusal(),
            Meaning::Ping(pong) => out.extend(from_client(TEXT, pong.as_bytes())),
            Meaning::Other => {}
        }
    }
}
