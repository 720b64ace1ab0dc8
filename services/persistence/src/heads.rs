//! Which conversations have moved lately, and how far: told a few times over, because the telling itself may get lost. Pure.

use std::collections::HashMap;

use chat_protocol::heads::Head;
use chat_protocol::ids::{ConversationId, Seq};

/// How often a head is told after it has moved.
const TELLINGS: u8 = 3;

/// The heads that are still to be told.
#[derive(Debug, Default)]
pub struct HeadsBoard(HashMap<ConversationId, (Seq, u8)>);

impl HeadsBoard {
    /// The log of a conversation was committed up to here.
    pub fn moved(&mut self, conversation: ConversationId, seq: Seq) {
        let entry = self.0.entry(conversation).or_insert((seq, TELLINGS));
        *entry = (entry.0.max(seq), TELLINGS);
    }

    /// What is to be told now.
    pub fn tell(&mut self) -> Vec<Head> {
        let heads = self.0.iter().map(|(id, (seq, _))| Head { conversation_id: *id, last_seq: *seq }).collect();
        self.0.retain(|_, (_, left)| {
            *left -= 1;
            *left > 0
        });
        heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_is_told_three_times_after_each_move() {
        let (mut board, id) = (HeadsBoard::default(), ConversationId::generate());
        board.moved(id, Seq(5));
        board.moved(id, Seq(4));
        let told: Vec<_> = (0..2).flat_map(|_| board.tell()).map(|head| head.last_seq.0).collect();
        assert_eq!(told, [5, 5]);
        board.moved(id, Seq(6));
        let told: Vec<_> = (0..5).flat_map(|_| board.tell()).map(|head| head.last_seq.0).collect();
        assert_eq!(told, [6, 6, 6]);
    }
}
