//! Frames that are answered to a callback (Socket.IO) instead of to the whole socket.

use chat_protocol::command::CommandBody;
use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::CommandId;

use super::{Effect, Now, Session};
use crate::transport::Callback;

impl Session {
    /// A text frame came, and its answer is to go to a callback: `message_sent`, or what is wrong, or that the frame was taken.
    pub fn on_question(&mut self, text: &str, callback: Callback, now: Now) -> Vec<Effect> {
        let effects = self.on_text(text, now);
        let mut is_open = true;
        let mut effects: Vec<_> = effects
            .into_iter()
            .map(|effect| match effect {
                Effect::Send(frame @ (ServerFrame::Error { .. } | ServerFrame::Pong)) if is_open => {
                    is_open = false;
                    Effect::Answer(callback, frame)
                }
                Effect::Submit(command) if matches!(command.body, CommandBody::SendMessage(_)) => {
                    is_open = false;
                    self.callbacks.insert(command.id, callback);
                    Effect::Submit(command)
                }
                Effect::Close(code) => {
                    is_open = false;
                    Effect::Close(code)
                }
                effect => effect,
            })
            .collect();
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
