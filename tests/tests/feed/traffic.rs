//! Conversations in which much happens, and what a consumer must know of them in the end.

use std::collections::BTreeMap;

use chat_e2e::{App, User};
use chrono::TimeDelta;
use futures_util::future::try_join_all;
use serde_json::json;

/// How each conversation stands: its head, and how many messages were said.
pub type Standings = BTreeMap<String, (u64, u64)>;

/// Three groups of two people.
pub struct Groups {
    /// Owns the groups.
    pub ada: User,
    /// Takes part.
    pub ben: User,
    /// The groups.
    pub ids: Vec<String>,
    messages: u64,
}

impl Groups {
    /// Begins the groups.
    pub async fn begin(app: &App) -> Self {
        let [ada, ben] = app.users(["Ada", "Ben"]).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(ada.group_with(&[&ben]).await);
        }
        Self { ada, ben, ids, messages: 0 }
    }

    /// So many messages in each group; returns when all are stored.
    pub async fn talk(&mut self, app: &App, count: u64) {
        let mut writer = app.writer().await;
        for group in &self.ids {
            let say = |n| writer.send_message(group, self.ada.id, &format!("message {n}"), TimeDelta::minutes(1));
            let commands: Vec<_> = (0..count).map(|n| say(n).unwrap()).collect();
            try_join_all(commands.iter().map(|command| writer.publish(command))).await.unwrap();
            for command in commands {
                writer.answer(command.id).await;
            }
        }
        self.messages += count;
    }

    /// Everything else that leaves an event: four in each group.
    pub async fn change(&self) {
        for group in &self.ids {
            self.ada.remove(group, &self.ben).await;
            self.ada.add(group, &[&self.ben]).await;
            let path = format!("/api/chat/conversations/{group}/");
            self.ada.patch(&path, json!({"title": "Another"})).await.expect(200);
            self.ada.patch(&path, json!({"title": "Yet another"})).await.expect(200);
        }
    }

    /// How the groups stand now.
    pub async fn standings(&self) -> Standings {
        let mut standings = Standings::new();
        for group in &self.ids {
            let found = self.ada.get(&format!("/api/chat/conversations/{group}/")).await.expect(200).body;
            standings.insert(group.clone(), (found["last_seq"].as_u64().unwrap(), self.messages));
        }
        standings
    }
}
