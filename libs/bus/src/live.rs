//! What is told at once and kept nowhere: news of conversations and of persons, on core NATS.

use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::live::{LiveNews, UserNews};
use chat_protocol::subjects::{self, ConversationSubject};

use crate::{Bus, BusError};

/// Tells everybody who holds a conversation.
pub async fn publish_to_conversation(bus: &Bus, to: ConversationId, news: &LiveNews) -> Result<(), BusError> {
    publish(bus, subjects::conversation_live(to), news).await
}

/// Tells the gateways that hold a person.
pub async fn publish_to_user(bus: &Bus, to: UserId, news: &UserNews) -> Result<(), BusError> {
    publish(bus, subjects::user(to), news).await
}

async fn publish(bus: &Bus, subject: String, news: &impl serde::Serialize) -> Result<(), BusError> {
    let payload = serde_json::to_vec(news)?;
    bus.client().publish(subject, payload.into()).await.map_err(BusError::client)
}

/// Reads news of a conversation, its frame as it was; none if it is something else, or of a kind that this version does
/// not know.
#[must_use]
pub fn decode_of_conversation(message: &async_nats::Message) -> Option<(ConversationId, LiveNews)> {
    let ConversationSubject::Live(conversation_id) = subjects::parse_conversation(&message.subject)? else {
        return None;
    };
    Some((conversation_id, serde_json::from_slice(&message.payload).ok()?))
}

/// Reads news of a person; none if it is something else, or of a kind that this version does not know.
#[must_use]
pub fn decode_of_user(message: &async_nats::Message) -> Option<(UserId, UserNews)> {
    let user_id = subjects::parse_user(&message.subject)?;
    Some((user_id, serde_json::from_slice(&message.payload).ok()?))
}

#[cfg(test)]
mod tests {
    use chat_protocol::ids::Seq;
    use chat_protocol::live::Standing;

    use super::*;

    fn message(subject: String, payload: &[u8]) -> async_nats::Message {
        async_nats::Message {
            subject: subject.into(),
            reply: None,
            payload: payload.to_vec().into(),
            headers: None,
            status: None,
            description: None,
            length: 0,
        }
    }

    #[test]
    fn news_of_a_conversation_keeps_its_frame() {
        let (id, payload) = (ConversationId::generate(), br#"{"kind":"deleted","frame":{"type":"x",  "b":1,"a":2}}"#);
        let (to, news) = decode_of_conversation(&message(subjects::conversation_live(id), payload)).unwrap();
        assert_eq!((to, serde_json::to_vec(&news).unwrap()), (id, payload.to_vec()));
        for (subject, payload) in [
            (subjects::conversation_log(id), payload.as_slice()),
            (subjects::conversation_live(id), br#"{"kind":"coffee"}"#),
            (subjects::conversation_live(id), b"no JSON"),
        ] {
            assert!(decode_of_conversation(&message(subject, payload)).is_none());
        }
    }

    #[test]
    fn news_of_a_person_comes_back() {
        let (user, conversation_id) = (UserId::new(7).unwrap(), ConversationId::generate());
        let standing = Standing { message_count: 9, sent_count: 4, read_count: 3, muted: false };
        for news in [
            UserNews::Joined { version: 1, conversation_id, joined_seq: Seq(2) },
            UserNews::Left { version: 2, conversation_id },
            UserNews::Acquaintances,
            UserNews::Standing { conversation_id, standing },
        ] {
            let payload = serde_json::to_vec(&news).unwrap();
            assert_eq!(decode_of_user(&message(subjects::user(user), &payload)), Some((user, news)));
        }
        assert_eq!(decode_of_user(&message(subjects::user(user), b"{}")), None);
        assert_eq!(decode_of_user(&message("chat.user.1".to_owned(), b"{}")), None);
    }
}
