//! Some events of one conversation in a row, whose frames are put together once for all readers that want just these.

use bytes::{Bytes, BytesMut};
use chat_protocol::ids::Seq;

use crate::ring::Entry;

/// Bytes of one batch; a single frame may be longer.
const MAX_BYTES: usize = 64 * 1024;

/// Entries in a row, at least one.
#[derive(Debug)]
pub struct Batch {
    after: Seq,
    entries: Vec<Entry>,
    frames: Bytes,
}

impl Batch {
    /// Gathers the entries that follow a position, as many as fit; none if there are none.
    pub fn gather<'a>(after: Seq, entries: impl Iterator<Item = &'a Entry>) -> Option<Self> {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            let is_first = bytes == 0;
            bytes += entry.frame.bytes().len();
            is_first || bytes <= MAX_BYTES
        };
        let entries: Vec<Entry> = entries.take_while(fits).cloned().collect();
        let frames = match &entries[..] {
            [] => return None,
            [single] => single.frame.bytes().clone(),
            several => {
                let mut frames = BytesMut::with_capacity(several.iter().map(|entry| entry.frame.bytes().len()).sum());
                for entry in several {
                    frames.extend_from_slice(entry.frame.bytes());
                }
                frames.freeze()
            }
        };
        Some(Self { after, entries, frames })
    }

    /// The position that they follow.
    #[must_use]
    pub const fn after(&self) -> Seq {
        self.after
    }

    /// The events.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether it should leave before more is gathered.
    #[must_use]
    pub const fn is_large(&self) -> bool {
        self.frames.len() > MAX_BYTES / 2
    }

    /// The frames of the first `count`, as they go over the wire.
    #[must_use]
    pub fn frames(&self, count: usize) -> Bytes {
        let beyond: usize = self.entries.iter().skip(count).map(|entry| entry.frame.bytes().len()).sum();
        self.frames.slice(..self.frames.len() - beyond)
    }
}
