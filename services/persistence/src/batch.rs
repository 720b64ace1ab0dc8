//! From a stretch of the stream to a batch that can be stored: steps and fences. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};

use chat_protocol::command::{Command, CommandBody, CommandKind};
use chat_protocol::ids::{ClientId, CommandId, ConversationId, InstanceId, UserId};
use chat_protocol::partition::Partition;
use chat_store::apply::{Fence, Placed};

use crate::lane::Lane;

/// A message of the stream that concerns this lane.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Its partition, by its subject.
    pub partition: Partition,
    /// Its position.
    pub pos: i64,
    /// Its id, if it has one.
    pub command_id: Option<CommandId>,
    /// The life of the stream in which it is to be carried out; none: in any.
    pub incarnation: Option<i64>,
    /// What is asked for; none if it is only to be moved over.
    pub command: Option<Command>,
}

/// Commands to be stored together, with who is to be answered.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// In the order of the stream.
    pub commands: Vec<Placed>,
    /// Who asked for each.
    pub reply_to: Vec<InstanceId>,
    /// Where each partition concerned stands and will stand.
    pub fences: Vec<Fence>,
}

impl Batch {
    /// Whether one of its messages begins like this.
    #[must_use]
    pub fn says(&self, beginning: &str) -> bool {
        let says = |command: &Placed| matches!(&command.body, CommandBody::SendMessage(body) if body.message.content.starts_with(beginning));
        self.commands.iter().any(says)
    }
}

/// Makes a batch of what concerns the lane and is not stored yet.
#[must_use]
pub fn build(incoming: &[Incoming], lane: &Lane) -> Batch {
    let mut batch = Batch::default();
    let mut steps = Steps::default();
    let mut fences: BTreeMap<Partition, Fence> = BTreeMap::new();
    for message in incoming {
        let Some(tenure) = lane.get(message.partition) else { continue };
        if message.pos <= tenure.stored_pos {
            continue;
        }
        let fence = fences.entry(message.partition).or_insert(Fence {
            partition: message.partition,
            epoch: tenure.epoch,
            from_pos: tenure.stored_pos,
            to_pos: message.pos,
            to_command: message.command_id,
        });
        (fence.to_pos, fence.to_command) = (message.pos, message.command_id);
        // Said to a stream that is gone: who said it says it again, after what was lost with that stream.
        let is_stale = message.incarnation.is_some_and(|incarnation| incarnation < lane.incarnation());
        if is_stale {
            continue;
        }
        if let Some(command) = &message.command {
            batch.reply_to.push(command.reply_to.clone());
            batch.commands.push(Placed {
                id: command.id,
                partition: message.partition,
                pos: message.pos,
                step: steps.place(command),
                body: command.body.clone(),
            });
        }
    }
    batch.fences = fences.into_values().collect();
    batch
}

/// Distributes commands over steps, which are carried out in order, so that each conversation's order is kept: within one
/// step a conversation is touched by one kind of command, in the order of the stream; or by messages and, after them, by
/// marks. Each id and `client_id` occurs once in a step.
#[derive(Default)]
struct Steps<'a> {
    conversations: HashMap<ConversationId, Place>,
    ids: HashSet<(i32, CommandId)>,
    client_ids: HashSet<(i32, ConversationId, UserId, &'a ClientId)>,
}

/// The last step that touches a conversation, and how.
#[derive(Clone, Copy)]
struct Place {
    step: i32,
    kind: CommandKind,
}

impl Place {
    /// Whether a command of this kind may follow in the same step.
    fn takes(self, next: CommandKind) -> bool {
        self.kind == next || (self.kind, next) == (CommandKind::SendMessage, CommandKind::MarkAsRead)
    }
}

impl<'a> Steps<'a> {
    fn place(&mut self, command: &'a Command) -> i32 {
        let (conversation, kind) = (command.body.conversation_id(), command.body.kind());
        let mut step = match self.conversations.get(&conversation) {
            None => 0,
            Some(place) if place.takes(kind) => place.step,
            Some(place) => place.step + 1,
        };
        while self.collides(step, command) {
            step += 1;
        }
        self.conversations.insert(conversation, Place { step, kind });
        self.ids.insert((step, command.id));
        if let Some((sender, client_id)) = client_id(command) {
            self.client_ids.insert((step, conversation, sender, client_id));
        }
        step
    }

    fn collides(&self, step: i32, command: &'a Command) -> bool {
        let conversation = command.body.conversation_id();
        self.ids.contains(&(step, command.id))
            || client_id(command)
                .is_some_and(|(sender, id)| self.client_ids.contains(&(step, conversation, sender, id)))
    }
}

fn client_id(command: &Command) -> Option<(UserId, &ClientId)> {
    let CommandBody::SendMessage(body) = &command.body else { return None };
    Some((body.sender_id, body.message.client_id.as_ref()?))
}

#[cfg(test)]
mod tests {
    use chat_protocol::command::{
        AddParticipants, CreateConversation, MarkAsRead, Marks, RemoveParticipant, SendMessage, UpTo,
    };
    use chat_protocol::message::{MessageType, NewMessage};
    use chat_protocol::rest::{ConversationKind, ConversationRole, NewConversation};
    use chat_protocol::time::Timestamp;
    use chat_store::partitions::OwnedPartition;
    use proptest::prelude::*;

    use super::*;

    const NOT_AFTER: chrono::DateTime<chrono::Utc> = chrono::DateTime::<chrono::Utc>::MAX_UTC;

    fn send(conversation_id: ConversationId, client_id: Option<&str>) -> Command {
        Command {
            id: CommandId::generate(),
            reply_to: "test".parse().unwrap(),
            body: CommandBody::SendMessage(SendMessage {
                conversation_id,
                sender_id: UserId::new(1).unwrap(),
                message: NewMessage {
                    content: "x".into(),
                    message_type: MessageType::Text,
                    client_id: client_id.map(|id| id.parse().unwrap()),
                    attachment_ids: Vec::new(),
                    reply_to: None,
                },
                not_after: Timestamp::new(NOT_AFTER),
            }),
        }
    }

    fn create(conversation_id: ConversationId) -> Command {
        Command {
            id: CommandId::from_uuid(conversation_id.uuid()),
            reply_to: "test".parse().unwrap(),
            body: CommandBody::CreateConversation(Box::new(CreateConversation {
                conversation_id,
                actor_id: UserId::new(1).unwrap(),
                owner_id: None,
                conversation: NewConversation {
                    kind: ConversationKind::Group,
                    title: None,
                    job: None,
                    metadata: serde_json::Map::new(),
                    participants: vec![UserId::new(1).unwrap()],
                },
                not_after: Timestamp::new(NOT_AFTER),
            })),
        }
    }

    fn of(body: CommandBody) -> Command {
        Command { id: CommandId::generate(), reply_to: "test".parse().unwrap(), body }
    }

    fn mark(conversation_id: ConversationId) -> Command {
        of(CommandBody::MarkAsRead(MarkAsRead {
            conversation_id,
            reader_id: UserId::new(1).unwrap(),
            marks: Marks { up_to: Some(UpTo::All), message_ids: Vec::new() },
            not_after: Timestamp::new(NOT_AFTER),
        }))
    }

    fn add(conversation_id: ConversationId) -> Command {
        of(CommandBody::AddParticipants(AddParticipants {
            conversation_id,
            actor_id: UserId::new(1).unwrap(),
            user_ids: vec![UserId::new(2).unwrap()],
            role: ConversationRole::Member,
            not_after: Timestamp::new(NOT_AFTER),
        }))
    }

    fn remove(conversation_id: ConversationId) -> Command {
        of(CommandBody::RemoveParticipant(RemoveParticipant {
            conversation_id,
            actor_id: UserId::new(1).unwrap(),
            user_id: UserId::new(2).unwrap(),
            not_after: Timestamp::new(NOT_AFTER),
        }))
    }

    fn lane(stored_pos: i64) -> Lane {
        Lane::new(
            1,
            Partition::all().map(|partition| OwnedPartition {
                partition,
                epoch: 7,
                incarnation: 1,
                stored_pos,
                stored_command: None,
                published_pos: stored_pos,
                attempts: 0,
                suspect: None,
            }),
        )
    }

    fn incoming(commands: Vec<Command>) -> Vec<Incoming> {
        (1..)
            .zip(commands)
            .map(|(pos, command)| Incoming {
                partition: command.partition(),
                pos,
                command_id: Some(command.id),
                incarnation: None,
                command: Some(command),
            })
            .collect()
    }

    fn steps(commands: Vec<Command>) -> Vec<i32> {
        build(&incoming(commands), &lane(0)).commands.iter().map(|placed| placed.step).collect()
    }

    #[test]
    fn messages_of_one_conversation_share_a_step() {
        let id = ConversationId::generate();
        assert_eq!(steps(vec![send(id, None), send(id, Some("a")), send(id, Some("b"))]), [0, 0, 0]);
    }

    #[test]
    fn creation_comes_before_the_first_message() {
        let (one, other) = (ConversationId::generate(), ConversationId::generate());
        assert_eq!(steps(vec![create(one), send(one, None), send(other, None), send(one, None)]), [0, 1, 0, 1]);
    }

    #[test]
    fn marks_follow_messages_in_their_step_and_messages_wait_for_marks() {
        let (one, other) = (ConversationId::generate(), ConversationId::generate());
        let commands = vec![send(one, None), mark(one), mark(one), send(one, None), mark(other), mark(one), mark(one)];
        assert_eq!(steps(commands), [0, 0, 0, 1, 0, 1, 1]);
    }

    #[test]
    fn each_change_of_kind_is_a_step() {
        let id = ConversationId::generate();
        let commands =
            vec![add(id), add(id), send(id, None), remove(id), mark(id), add(id), remove(id), send(id, None), mark(id)];
        assert_eq!(steps(commands), [0, 0, 1, 2, 3, 4, 5, 6, 6]);
    }

    #[test]
    fn repeated_mark_waits_for_the_first() {
        let (id, other) = (ConversationId::generate(), ConversationId::generate());
        let repeated = mark(id);
        assert_eq!(
            steps(vec![repeated.clone(), mark(id), repeated.clone(), send(other, None), repeated]),
            [0, 0, 1, 0, 2]
        );
    }

    #[test]
    fn repeated_client_id_waits_for_the_first() {
        let id = ConversationId::generate();
        assert_eq!(steps(vec![send(id, Some("a")), send(id, Some("a")), send(id, None)]), [0, 1, 1]);
    }

    #[test]
    fn repeated_command_waits_for_the_first() {
        let command = send(ConversationId::generate(), None);
        assert_eq!(steps(vec![command.clone(), command]), [0, 1]);
    }

    /// A command of some kind in one of two conversations; every fourth id is that of an earlier command.
    fn any_commands() -> impl Strategy<Value = Vec<Command>> {
        let conversations = [ConversationId::generate(), ConversationId::generate()];
        let command = (0..2_usize, 0..5_usize, 0..4_usize).prop_map(move |(conversation, kind, repeats)| {
            let id = conversations[conversation];
            let command = [send(id, None), mark(id), add(id), remove(id), send(id, Some("a"))][kind].clone();
            (command, repeats == 0)
        });
        proptest::collection::vec(command, 0..60).prop_map(|commands| {
            let mut said: Vec<Command> = Vec::new();
            for (command, repeats) in commands {
                let earlier = said.iter().rev().find(|one| one.body.kind() == command.body.kind()).cloned();
                said.push(earlier.filter(|_| repeats).unwrap_or(command));
            }
            said
        })
    }

    proptest! {
        /// What the statement that carries steps out relies on: in a step, messages come first, all else in its order.
        #[test]
        fn carrying_out_by_steps_keeps_the_order_of_each_conversation(commands in any_commands()) {
            let placed = build(&incoming(commands), &lane(0)).commands;
            let is_message = |command: &Placed| command.body.kind() == CommandKind::SendMessage;
            let mut carried_out: Vec<_> = placed.iter().collect();
            carried_out.sort_by_key(|command| (command.step, !is_message(command), command.pos));
            for conversation in placed.iter().map(|command| command.body.conversation_id()) {
                let positions = carried_out.iter().filter(|command| command.body.conversation_id() == conversation);
                prop_assert!(positions.map(|command| command.pos).is_sorted());
            }
            let ids: HashSet<_> = placed.iter().map(|command| (command.step, command.id)).collect();
            prop_assert_eq!(ids.len(), placed.len());
            for (one, other) in placed.iter().zip(placed.iter().skip(1)) {
                let is_same_place = (one.step, one.body.conversation_id()) == (other.step, other.body.conversation_id());
                let kinds = (one.body.kind(), other.body.kind());
                let may_share = kinds.0 == kinds.1 || kinds == (CommandKind::SendMessage, CommandKind::MarkAsRead);
                prop_assert!(!is_same_place || may_share, "{:?}", kinds);
            }
        }
    }

    #[test]
    fn what_is_stored_already_is_dropped() {
        let id = ConversationId::generate();
        let batch = build(&incoming(vec![send(id, None), send(id, None), send(id, None)]), &lane(2));
        assert_eq!(batch.commands.len(), 1);
        let fence = batch.fences[0];
        assert_eq!((fence.epoch, fence.from_pos, fence.to_pos), (7, 2, 3));
    }

    #[test]
    fn what_is_to_be_moved_over_moves_the_fence_alone() {
        let mut messages = incoming(vec![send(ConversationId::generate(), None)]);
        messages[0].command = None;
        let batch = build(&messages, &lane(0));
        assert!(batch.commands.is_empty());
        assert_eq!(batch.fences.len(), 1);
    }

    #[test]
    fn command_for_an_earlier_life_of_the_stream_is_moved_over() {
        let mut messages = incoming(vec![send(ConversationId::generate(), None)]);
        messages[0].incarnation = Some(0);
        let batch = build(&messages, &lane(0));
        assert!(batch.commands.is_empty());
        assert_eq!(batch.fences.len(), 1);
        messages[0].incarnation = Some(1);
        assert_eq!(build(&messages, &lane(0)).commands.len(), 1);
    }

    #[test]
    fn foreign_partitions_are_left_alone() {
        let messages = incoming(vec![send(ConversationId::generate(), None)]);
        let batch = build(&messages, &Lane::new(1, std::iter::empty()));
        assert!(batch.commands.is_empty() && batch.fences.is_empty());
    }
}
