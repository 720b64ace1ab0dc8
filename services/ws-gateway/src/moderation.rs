//! The messages of one socket from the moment they are said to the moment the moderator has judged them. They leave in the order
//! in which they came, however long each question takes.

use std::collections::VecDeque;
use std::sync::Arc;

use chat_bus::moderation::{Judgement, Moderator};
use chat_protocol::command::{Command, CommandBody};
use chat_protocol::error::Refusal;
use chat_protocol::moderation::CheckRequest;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;

/// Messages of one socket that are asked about at once; the next ones wait, without a deadline running.
const MAX_ASKED: usize = 8;

/// A message as it is to be said, or with what its sender hears instead.
pub(crate) struct Judged {
    pub(crate) command: Box<Command>,
    pub(crate) refusal: Option<Refusal>,
}

/// The messages that wait. The session bounds their number; without a moderator nothing does.
#[derive(Default)]
pub(crate) struct Desk {
    moderator: Option<Arc<Moderator>>,
    waiting: VecDeque<Box<Command>>,
    asked: Option<FuturesOrdered<BoxFuture<'static, Judged>>>,
}

impl Desk {
    /// Nothing said yet.
    pub(crate) fn new(moderator: Option<Arc<Moderator>>) -> Self {
        Self { moderator, ..Self::default() }
    }

    /// Takes a message in, behind the others. Gives back what is not asked about.
    pub(crate) fn take(&mut self, command: Box<Command>) -> Option<Box<Command>> {
        if self.moderator.is_none() || !matches!(command.body, CommandBody::SendMessage(_)) {
            return Some(command);
        }
        self.waiting.push_back(command);
        None
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.asked.is_none()
    }

    /// The next message that was judged, in order; never, if nothing waits. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Judged {
        self.ask();
        let next = match &mut self.asked {
            Some(asked) => asked.next().await,
            None => None,
        };
        let Some(judged) = next else { return std::future::pending().await };
        if self.asked.as_ref().is_some_and(FuturesOrdered::is_empty) {
            self.asked = None;
        }
        judged
    }

    fn ask(&mut self) {
        let Some(moderator) = &self.moderator else { return };
        while self.asked.as_ref().map_or(0, FuturesOrdered::len) < MAX_ASKED
            && let Some(command) = self.waiting.pop_front()
        {
            let moderator = moderator.clone();
            self.asked.get_or_insert_default().push_back(Box::pin(judge(moderator, command)));
        }
    }
}

async fn judge(moderator: Arc<Moderator>, mut command: Box<Command>) -> Judged {
    let mut refusal = None;
    if let CommandBody::SendMessage(body) = &mut command.body {
        let words = CheckRequest::of_new(body.conversation_id, body.sender_id, &body.message);
        match moderator.judge(words).await {
            Judgement::Accepted => {}
            Judgement::Replaced(content) => body.message.content = content,
            Judgement::Refused(why) => refusal = Some(why),
        }
    }
    Judged { command, refusal }
}
