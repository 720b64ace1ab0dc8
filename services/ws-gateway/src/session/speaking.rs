//! What becomes a command: messages and marks.

use std::time::Instant;

use chat_protocol::command::{Command, CommandBody, MarkAsRead, Marks, SendMessage};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::frame::Target;
use chat_protocol::ids::{CommandId, ConversationId, UserId};
use chat_protocol::limits::SOCKET_COMMAND_LIFE;
use chat_protocol::message::SendMessageRequest;
use chat_protocol::rest::MarkAsReadRequest;
use chat_protocol::time::Timestamp;

use super::{Asked, Effect, Now, Phase, Session};

impl Session {
    pub(super) fn send_message(
        &mut self,
        user: UserId,
        target: Target,
        request: SendMessageRequest,
        now: Now,
    ) -> Vec<Effect> {
        let client_id = request.client_id.clone();
        let conversation = match self.conversation(target) {
            Ok(conversation) => conversation,
            Err(refusal) => return self.refuse(None, refusal, client_id),
        };
        let message = match request.check(self.config.max_content_bytes as usize) {
            Ok(message) => message,
            Err(refusal) => return self.refuse(Some(conversation), refusal, client_id),
        };
        if self.room_for_commands() == 0 {
            let refusal = Refusal::new(ErrorCode::Unavailable, "Too many messages wait for their answer.");
            return self.refuse(Some(conversation), refusal, client_id);
        }
        let asked = Asked { conversation, client_id: message.client_id.clone(), refused: None };
        let not_after = not_after(now);
        let body = SendMessage { conversation_id: conversation, sender_id: user, message, not_after };
        let submit = self.submit(asked, CommandBody::SendMessage(body));
        let stopped = self.typing.stop(conversation).then_some(Effect::Typing(conversation, false));
        [submit].into_iter().chain(stopped).collect()
    }

    pub(super) fn mark_as_read(
        &mut self,
        user: UserId,
        target: Target,
        request: MarkAsReadRequest,
        now: Now,
    ) -> Vec<Effect> {
        let conversation = match self.conversation(target) {
            Ok(conversation) => conversation,
            Err(refusal) => return self.refuse(None, refusal, None),
        };
        let marks = match request.check() {
            Ok(marks) => marks,
            Err(refusal) => return self.refuse(Some(conversation), refusal, None),
        };
        if marks == Marks::default() {
            return Vec::new();
        }
        let Some(earlier) = self.marks.add(conversation, marks, now.instant) else { return Vec::new() };
        if self.room_for_commands() == 0 {
            let refusal = Refusal::new(ErrorCode::Unavailable, "Too many commands wait for their answer.");
            return self.refuse(Some(conversation), refusal, None);
        }
        vec![self.submit_marks(user, conversation, earlier, now)]
    }

    pub(super) fn submit_due_marks(&mut self, now: Now) -> Vec<Effect> {
        let due = self.marks.take_due(now.instant, self.room_for_commands());
        self.submit_each(due, now)
    }

    pub(super) fn submit_all_marks(&mut self, now: Now) -> Vec<Effect> {
        let all = self.marks.take_all();
        self.submit_each(all, now)
    }

    fn submit_each(&mut self, marks: Vec<(ConversationId, Marks)>, now: Now) -> Vec<Effect> {
        let (Phase::Entering { user, .. } | Phase::Open { user }) = self.phase else { return Vec::new() };
        marks.into_iter().map(|(conversation, marks)| self.submit_marks(user, conversation, marks, now)).collect()
    }

    /// When marks are due; as long as there is no room for them, an answer has to come first.
    pub(super) fn marks_deadline(&self) -> Option<Instant> {
        self.marks.next_deadline().filter(|_| self.room_for_commands() > 0)
    }

    fn submit_marks(&mut self, reader_id: UserId, conversation: ConversationId, marks: Marks, now: Now) -> Effect {
        let body = MarkAsRead { conversation_id: conversation, reader_id, marks, not_after: not_after(now) };
        self.submit(Asked { conversation, client_id: None, refused: None }, CommandBody::MarkAsRead(body))
    }

    fn submit(&mut self, asked: Asked, body: CommandBody) -> Effect {
        let id = CommandId::generate();
        self.unanswered.insert(id, asked);
        Effect::Submit(Box::new(Command { id, reply_to: self.instance.clone(), body }))
    }

    fn room_for_commands(&self) -> usize {
        (self.config.max_unanswered as usize).saturating_sub(self.unanswered.len())
    }
}

fn not_after(now: Now) -> Timestamp {
    (now.utc + SOCKET_COMMAND_LIFE).into()
}
