//! How much one batch may bite off: a message is one row among hundreds, a new conversation of a thousand people is
//! thousands. Pure.

use chat_protocol::command::{Command, CommandBody};

/// The most rows, about, that the commands of one batch touch besides messages: well below a second of the database, and
/// below the end that it puts to a batch.
const MAX_WEIGHT: usize = 5000;
/// Everybody of the largest conversation that has presence is told when somebody comes or goes.
const ACQUAINTANCES: usize = 200;
/// Everybody of a conversation is told that it is deleted; how many that are is not known here.
const EVERYBODY: usize = 1000;

/// How many of the commands fit into one batch: at least one.
pub fn reach<'a>(commands: impl Iterator<Item = Option<&'a Command>>) -> usize {
    let mut sum = 0;
    let fits = |weight: &usize| {
        sum += weight;
        sum <= MAX_WEIGHT
    };
    commands.map(|command| command.map_or(0, weight)).take_while(fits).count().max(1)
}

fn weight(command: &Command) -> usize {
    match &command.body {
        CommandBody::SendMessage(_) => 0,
        CommandBody::CreateConversation(body) => body.conversation.participants.len(),
        CommandBody::AddParticipants(body) => body.user_ids.len() + ACQUAINTANCES,
        CommandBody::RemoveParticipant(_) => ACQUAINTANCES,
        CommandBody::DeleteConversation(_) => EVERYBODY,
        CommandBody::MarkAsRead(body) => 1 + body.marks.message_ids.len(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::command::{CreateConversation, MarkAsRead, Marks};
    use chat_protocol::ids::{CommandId, ConversationId, UserId};
    use chat_protocol::rest::{ConversationKind, NewConversation};
    use chrono::DateTime;

    use super::*;

    fn command(body: CommandBody) -> Command {
        Command { id: CommandId::generate(), reply_to: "test".parse().unwrap(), body }
    }

    fn creation(people: i64) -> Command {
        command(CommandBody::CreateConversation(Box::new(CreateConversation {
            conversation_id: ConversationId::generate(),
            actor_id: UserId::new(1).unwrap(),
            owner_id: None,
            conversation: NewConversation {
                kind: ConversationKind::Group,
                title: None,
                job: None,
                metadata: serde_json::Map::new(),
                participants: (1..=people).filter_map(UserId::new).collect(),
            },
            not_after: DateTime::UNIX_EPOCH.into(),
        })))
    }

    fn mark() -> Command {
        command(CommandBody::MarkAsRead(MarkAsRead {
            conversation_id: ConversationId::generate(),
            reader_id: UserId::new(1).unwrap(),
            marks: Marks::default(),
            not_after: DateTime::UNIX_EPOCH.into(),
        }))
    }

    fn reach_of(commands: &[Command]) -> usize {
        reach(commands.iter().map(Some))
    }

    #[test]
    fn large_conversations_are_made_a_few_at_a_time() {
        let large: Vec<_> = (0..8).map(|_| creation(1000)).collect();
        assert_eq!(reach_of(&large), 5);
        assert_eq!(reach_of(&[creation(9000), mark()]), 1, "one at least");
        assert_eq!(reach_of(&[]), 1);
    }

    #[test]
    fn small_ones_and_marks_fill_a_batch() {
        let small: Vec<_> = (0..500).map(|number| if number % 2 == 0 { creation(2) } else { mark() }).collect();
        assert_eq!(reach_of(&small), 500);
        assert_eq!(reach([None, Some(&creation(1000)), None].into_iter()), 3);
    }
}
