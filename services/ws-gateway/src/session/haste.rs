//! Too much, too fast: frames are counted, those over a limit are refused, and a socket that does not care is closed.

use std::time::Instant;

use chat_limits::Meter as _;
use chat_protocol::close::CloseCode;
use chat_protocol::error::Refusal;
use chat_protocol::frame::ClientFrame;
use chat_protocol::ids::ConversationId;

use super::{Effect, Now, Phase, Session};
use crate::limits::FrameClass;

impl Session {
    /// Counts a frame of somebody who is known.
    pub(super) fn take(&self, class: FrameClass, now: Instant) -> Result<(), Refusal> {
        match self.phase {
            Phase::Entering { user, .. } | Phase::Open { user } => self.limits.take(class, user, now),
            Phase::Anonymous { .. } | Phase::Admitting { .. } => Ok(()),
        }
    }

    /// A frame that means nothing counts, too.
    pub(super) fn refuse_frame(&mut self, refusal: Refusal, client_id: Option<String>, now: Now) -> Vec<Effect> {
        match self.take(FrameClass::Control, now.instant) {
            Ok(()) => self.refuse(None, refusal, client_id),
            Err(refusal) => self.refuse_haste(None, refusal, client_id, now.instant),
        }
    }

    /// It was too fast. Whoever goes on and on like that is sent away for a while.
    fn refuse_haste(
        &mut self,
        conversation: Option<ConversationId>,
        refusal: Refusal,
        client_id: Option<String>,
        now: Instant,
    ) -> Vec<Effect> {
        let patience = self.limits.refusals();
        if patience.is_some_and(|quota| self.refusals.take(quota, now).is_err()) {
            return vec![Effect::Close(CloseCode::RateLimited)];
        }
        self.refuse(conversation, refusal, client_id)
    }

    /// The refusal of a frame over its limit; a message's says which it was.
    pub(super) fn refuse_hasty_frame(&mut self, frame: ClientFrame, refusal: Refusal, now: Instant) -> Vec<Effect> {
        let (conversation, client_id) = match frame {
            ClientFrame::SendMessage(target, request) => (self.conversation(target).ok(), request.client_id),
            _ => (None, None),
        };
        self.refuse_haste(conversation, refusal, client_id, now)
    }
}
