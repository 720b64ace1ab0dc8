//! What `manage.py dumpdata` writes: objects with a model, a key and fields.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// A dump that is being written.
pub struct Dump {
    file: BufWriter<File>,
    is_empty: bool,
}

impl Dump {
    pub fn create(path: &Path) -> Self {
        let mut file = BufWriter::new(File::create(path).unwrap());
        file.write_all(b"[").unwrap();
        Self { file, is_empty: true }
    }

    pub fn put(&mut self, model: &str, pk: impl Into<Value>, fields: &Value) {
        if !std::mem::take(&mut self.is_empty) {
            self.file.write_all(b",\n").unwrap();
        }
        serde_json::to_writer(&mut self.file, &json!({"model": model, "pk": pk.into(), "fields": fields})).unwrap();
    }

    pub fn user(&mut self, id: i64, first: &str, last: &str) {
        let fields =
            json!({"username": format!("user{id}"), "first_name": first, "last_name": last, "email": "x@example.com"});
        self.put("auth.user", id, &fields);
    }

    pub fn conversation(&mut self, id: Uuid, title: &str, job: Option<i64>, people: &[i64]) {
        let fields = json!({"title": title, "job": job, "participants": people, "is_active": true,
                            "created_at": at(0), "updated_at": at(10_000)});
        self.put("chat.conversation", id.to_string(), &fields);
    }

    pub fn message(&mut self, id: Uuid, conversation: Uuid, sender: i64, content: &str, seconds: i64) {
        let fields = json!({"conversation": conversation, "sender": sender, "content": content, "message_type": "text",
                            "attachment": "", "is_read": false, "created_at": at(seconds)});
        self.put("chat.message", id.to_string(), &fields);
    }

    pub fn read(&mut self, pk: i64, message: Uuid, user: i64) {
        self.put("chat.messagereadstatus", pk, &json!({"message": message, "user": user, "read_at": at(20_000)}));
    }

    pub fn finish(mut self) {
        self.file.write_all(b"]\n").unwrap();
        self.file.flush().unwrap();
    }
}

/// So long after the beginning.
pub fn at(seconds: i64) -> String {
    let begin: DateTime<Utc> = "2024-03-01T08:00:00Z".parse().unwrap();
    (begin + TimeDelta::seconds(seconds)).to_rfc3339()
}

/// An id as Django draws it.
pub fn drawn() -> Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}
