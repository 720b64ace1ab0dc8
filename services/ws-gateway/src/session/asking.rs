//! Frames that are answered to a callback (Socket.IO) instead of to the whole socket.

use chat_protocol::command::CommandBody;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::CommandId;

use super::{Effect, Now, Session};
use crate::transport::Callback;

impl Session {
    /// A text frame came, and its answer is to go to a callback: `message_sent`, or what is wrong, or that the frame was taken.
    pub fn on_question(&mut self, text: &str, callback: Callback, now: Now) -> Vec<Effect> {
        let mut effects = self.on_text(text, now);
        let mut is_open = true;
        for effect in &mut effects {
            match effect {
                Effect::Send(ServerFrame::Error { .. } | ServerFrame::Pong) if is_open => {
                    let Effect::Send(frame) = std::mem::replace(effect, Effect::Abandon) else { continue };
                    *effect = Effect::Answer(callback, frame);
                    is_open = false;
                }
                Effect::Submit(command) if matches!(command.body, CommandBody::SendMessage(_)) => {
                    self.callbacks.insert(command.id, callback);
                    is_open = false;
                }
                Effect::Close(_) => is_open = false,
                _ => {}
            }
        }
        if is_open {
            effects.push(Effect::Taken(callback));
        }
        effects
    }

    /// Sends the answer to a command to whoever asked.
    pub fn to_asker(&mut self, command: CommandId, frame: ServerFrame) -> Effect {
        match self.callbacks.remove(&command) {
            Some(callback) => Effect::Answer(callback, frame),
            None => Effect::Send(frame),
        }
    }
}
