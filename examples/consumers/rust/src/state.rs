//! How far each conversation is taken, in a file. An event is taken when it is the next of its conversation: what was taken is
//! dropped, what comes too early is kept until what is missing has come.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

/// The most events of one conversation that wait for a missing one.
const MAX_EARLY: usize = 10_000;

/// What this consumer needs of an event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Event {
    /// Which event.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where.
    pub conversation_id: String,
    /// Its place there: 1, 2, 3, … without holes.
    pub seq: u64,
}

/// How one conversation stands.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Conversation {
    /// The last event that was taken.
    seq: u64,
    /// How many messages were said.
    messages: u64,
    /// What came too early.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    early: BTreeMap<u64, Event>,
}

/// How everything stands.
#[derive(Debug)]
pub struct State {
    file: PathBuf,
    conversations: BTreeMap<String, Conversation>,
}

impl State {
    /// As it was saved; empty without a file.
    pub fn load(file: PathBuf) -> Result<Self> {
        let conversations = match fs::read(&file) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| file.display().to_string())?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        };
        Ok(Self { file, conversations })
    }

    /// The file is replaced as a whole: whatever happens, it holds the one state or the other.
    pub fn save(&self) -> Result<()> {
        let fresh = self.file.with_extension("new");
        fs::write(&fresh, serde_json::to_vec(&self.conversations)?)?;
        Ok(fs::rename(fresh, &self.file)?)
    }

    /// What may be taken now that this event has come, in order.
    pub fn take(&mut self, event: Event) -> Result<Vec<Event>> {
        let conversation = self.conversations.entry(event.conversation_id.clone()).or_default();
        if event.seq > conversation.seq {
            conversation.early.insert(event.seq, event);
        }
        let mut taken = Vec::new();
        while let Some(next) = conversation.early.remove(&(conversation.seq + 1)) {
            conversation.seq = next.seq;
            conversation.messages += u64::from(next.kind == "message_received");
            taken.push(next);
        }
        let missing = conversation.seq + 1;
        ensure!(conversation.early.len() <= MAX_EARLY, "event {missing} is missing: chatctl republish brings it");
        Ok(taken)
    }
}
