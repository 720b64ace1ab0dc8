//! What a message is answered that the moderator has refused.

use chat_protocol::command::{Command, CommandBody};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::reply::Outcome;

use super::{Effect, Session};

impl Session {
    /// A message is not to be said. If it may be the repetition of one that was stored, the command goes on its way all the same and
    /// asks for that one alone; if not, its sender hears of it at once.
    pub fn on_refused(&mut self, mut command: Box<Command>, refusal: Refusal) -> Option<Effect> {
        let asked = self.unanswered.get_mut(&command.id)?;
        match &mut command.body {
            CommandBody::SendMessage(body) if asked.client_id.is_some() => {
                asked.refused = Some(refusal);
                body.only_if_known();
                Some(Effect::Submit(command))
            }
            _ => {
                let frame = self.on_answer(command.id, Outcome::Refused(refusal))?;
                Some(self.to_asker(command.id, frame))
            }
        }
    }
}

/// The answer to a command that asked for an earlier message alone: too late for a new one is what was refused.
pub(super) fn with_refusal(outcome: Outcome, refused: Option<Refusal>) -> Outcome {
    match (outcome, refused) {
        (Outcome::Refused(Refusal { code: ErrorCode::Unavailable, .. }), Some(refusal)) => Outcome::Refused(refusal),
        (outcome, _) => outcome,
    }
}
