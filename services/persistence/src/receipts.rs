//! Receipts of large conversations, gathered until they are told: at most one a second of each reader. Pure.

use std::collections::{BTreeSet, HashMap};

use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, MessageId, Seq, UserId};
use chat_protocol::limits::MAX_MARKED_IDS;
use chat_protocol::live::LiveNews;
use chat_protocol::time::Timestamp;
use serde_json::value::to_raw_value;

/// Readers whose receipts may wait at once.
const MAX_WAITING: usize = 4096;

/// The receipts that are to be told with the next tick.
#[derive(Debug, Default)]
pub struct ReceiptsBoard(HashMap<(ConversationId, UserId), Receipt>);

/// What one person has read of a conversation since the last telling.
#[derive(Debug)]
struct Receipt {
    /// By the time at which they were asked for, which is all but the order of the log.
    message_ids: BTreeSet<MessageId>,
    up_to_seq: Seq,
    read_at: Timestamp,
    only: BTreeSet<UserId>,
}

impl ReceiptsBoard {
    /// Takes a receipt that is for some people only; gives back everything else, and what there is no room for: that is
    /// to be told at once.
    pub fn gather(&mut self, conversation: ConversationId, news: LiveNews) -> Option<LiveNews> {
        let LiveNews::Read { reader_id, only: Some(only), frame } = &news else { return Some(news) };
        let (key, is_full) = ((conversation, *reader_id), self.0.len() >= MAX_WAITING);
        if is_full && !self.0.contains_key(&key) {
            return Some(news);
        }
        let Ok(ServerFrame::MessagesRead { message_ids, up_to_seq, read_at, .. }) = serde_json::from_str(frame.get())
        else {
            return Some(news);
        };
        let new = || Receipt { message_ids: BTreeSet::new(), up_to_seq, read_at, only: BTreeSet::new() };
        let receipt = self.0.entry(key).or_insert_with(new);
        receipt.message_ids.extend(message_ids);
        while receipt.message_ids.len() > MAX_MARKED_IDS {
            receipt.message_ids.pop_first();
        }
        receipt.up_to_seq = receipt.up_to_seq.max(up_to_seq);
        receipt.read_at = receipt.read_at.max(read_at);
        receipt.only.extend(only);
        None
    }

    /// What is to be told now.
    pub fn take(&mut self) -> Vec<(ConversationId, LiveNews)> {
        self.0
            .drain()
            .filter_map(|((conversation, reader), receipt)| Some((conversation, receipt.news(conversation, reader)?)))
            .collect()
    }
}

impl Receipt {
    fn news(self, conversation_id: ConversationId, reader_id: UserId) -> Option<LiveNews> {
        let frame = to_raw_value(&ServerFrame::MessagesRead {
            conversation_id,
            message_ids: self.message_ids.into_iter().collect(),
            up_to_seq: self.up_to_seq,
            reader_id,
            read_at: self.read_at,
        });
        Some(LiveNews::Read { reader_id, only: Some(self.only.into_iter().collect()), frame: frame.ok()? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    /// A receipt of reader 7 for some people only.
    fn receipt(ids: &[MessageId], up_to_seq: i64, only: &[i64]) -> LiveNews {
        let frame = json!({
            "type": "messages_read", "conversation_id": ConversationId::from_uuid(uuid::Uuid::nil()), "message_ids": ids,
            "up_to_seq": up_to_seq, "reader_id": 7, "read_at": "2026-01-01T00:00:00Z",
        });
        let only = only.iter().map(|id| user(*id)).collect();
        LiveNews::Read { reader_id: user(7), only: Some(only), frame: to_raw_value(&frame).unwrap() }
    }

    fn told(board: &mut ReceiptsBoard) -> Vec<(Vec<MessageId>, i64, Vec<UserId>)> {
        let told = board.take().into_iter().map(|(_, news)| {
            let LiveNews::Read { only: Some(only), frame, .. } = news else { panic!("{news:?}") };
            let Ok(ServerFrame::MessagesRead { message_ids, up_to_seq, .. }) = serde_json::from_str(frame.get()) else {
                panic!("{frame}")
            };
            (message_ids, up_to_seq.0, only)
        });
        told.collect()
    }

    #[test]
    fn receipts_of_a_reader_are_told_as_one() {
        let (mut board, id) = (ReceiptsBoard::default(), ConversationId::generate());
        let ids: Vec<_> = (0..3).map(|_| MessageId::generate()).collect();
        for news in [receipt(&ids[1..], 9, &[7, 1]), receipt(&ids[..2], 5, &[7, 2])] {
            assert!(board.gather(id, news).is_none());
        }
        assert_eq!(told(&mut board), [(ids, 9, vec![user(1), user(2), user(7)])]);
        assert_eq!(told(&mut board), []);
    }

    #[test]
    fn other_conversations_are_told_apart() {
        let mut board = ReceiptsBoard::default();
        for id in [ConversationId::generate(), ConversationId::generate()] {
            assert!(board.gather(id, receipt(&[], 2, &[7])).is_none());
        }
        assert_eq!(told(&mut board).len(), 2);
    }

    #[test]
    fn only_the_newest_500_are_named() {
        let (mut board, id) = (ReceiptsBoard::default(), ConversationId::generate());
        let ids: Vec<_> = (0..MAX_MARKED_IDS + 10).map(|_| MessageId::generate()).collect();
        for part in ids.chunks(300) {
            assert!(board.gather(id, receipt(part, 1, &[7])).is_none());
        }
        assert_eq!(told(&mut board)[0].0, ids[10..]);
    }

    #[test]
    fn what_is_for_everybody_is_told_at_once() {
        let (mut board, id) = (ReceiptsBoard::default(), ConversationId::generate());
        let LiveNews::Read { reader_id, frame, .. } = receipt(&[], 1, &[]) else { unreachable!() };
        assert!(board.gather(id, LiveNews::Read { reader_id, only: None, frame: frame.clone() }).is_some());
        assert!(board.gather(id, LiveNews::Deleted { frame }).is_some());
        let unreadable = to_raw_value(&json!({"type": "pong"})).unwrap();
        assert!(board.gather(id, LiveNews::Read { reader_id, only: Some(vec![]), frame: unreadable }).is_some());
        assert_eq!(told(&mut board), []);
    }

    #[test]
    fn what_there_is_no_room_for_is_told_at_once() {
        let (mut board, first) = (ReceiptsBoard::default(), ConversationId::generate());
        assert!(board.gather(first, receipt(&[], 1, &[7])).is_none());
        for _ in 1..MAX_WAITING {
            assert!(board.gather(ConversationId::generate(), receipt(&[], 1, &[7])).is_none());
        }
        assert!(board.gather(ConversationId::generate(), receipt(&[], 1, &[7])).is_some());
        assert!(board.gather(first, receipt(&[], 2, &[7])).is_none());
        assert_eq!(told(&mut board).len(), MAX_WAITING);
    }
}
