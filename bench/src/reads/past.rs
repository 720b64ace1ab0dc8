//! A history of any length that is the same each time: who says what where follows from the message's number alone. What was said in
//! a shorter history is the beginning of a longer one.

use chat_protocol::ids::{ConversationId, UserId};
use chat_store::seed::history::{PastHead, PastMessage, PastReader};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::{Builder, Uuid};

/// How many conversations there are. The one of rank `r` has about a twelfth of a share of `1 / r`.
pub(super) const CONVERSATIONS: u32 = 200_000;
/// How many people there are.
pub(super) const PEOPLE: u32 = 50_000;
/// The conversations in which most is said have so many people, the others two.
const LARGE: u32 = 1000;
const MEMBERS_OF_LARGE: u32 = 20;
/// When the first message was said, in seconds since 1970, and how far apart they are.
const BEGIN_SECS: i64 = 1_760_000_000;
const STEP_MILLIS: i64 = 690;
/// Positions on the stream of commands begin here, far below 0.
const FIRST_POS: i64 = -1_000_000_000_000;
/// Of so many newest messages of a conversation it is remembered who said them.
const REMEMBERED: usize = 16;
const WORDS: [&str; 32] = [
    "project",
    "tomorrow",
    "the",
    "a",
    "please",
    "deadline",
    "invoice",
    "could",
    "you",
    "logo",
    "draft",
    "we",
    "meeting",
    "thanks",
    "files",
    "budget",
    "is",
    "ready",
    "not",
    "review",
    "and",
    "colour",
    "version",
    "to",
    "send",
    "milestone",
    "I",
    "will",
    "hours",
    "contract",
    "okay",
    "today",
];

/// Whatever is drawn by lot for a number, the same each time.
fn draw(what: u64, number: u64) -> u64 {
    let mut drawn = (what << 56 ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
    drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    drawn ^ (drawn >> 31)
}

/// One of so many.
fn below(drawn: u64, count: u32) -> u32 {
    u32::try_from((u128::from(drawn) * u128::from(count)) >> 64).unwrap_or(0)
}

/// Which conversation the message with this number, from 0 on, is said in: the rank, from 0 on, is one over it likely.
pub(super) fn rank_of(number: u64) -> u32 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits by lot are enough")]
    let part = (draw(1, number) >> 11) as f64 / (1_u64 << 53) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the number of conversations")]
    let rank = (part * f64::from(CONVERSATIONS + 1).ln()).exp() as u32;
    rank.clamp(1, CONVERSATIONS) - 1
}

/// The conversation of a rank.
pub(super) fn conversation(rank: u32) -> ConversationId {
    ConversationId::from_uuid(uuid_of(2, rank.into()))
}

fn uuid_of(what: u64, number: u64) -> Uuid {
    let bytes = (u128::from(draw(what, number)) << 64) | u128::from(draw(what + 32, number));
    Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
}

/// How many take part in the conversation of a rank.
fn member_count(rank: u32) -> u32 {
    if rank < LARGE { MEMBERS_OF_LARGE } else { 2 }
}

/// Who takes part in the conversation of a rank, as places among all people, each once.
pub(super) fn members(rank: u32) -> impl Iterator<Item = u32> {
    (0..member_count(rank)).map(move |index| member(rank, index))
}

fn member(rank: u32, index: u32) -> u32 {
    let first = below(draw(3, rank.into()), PEOPLE);
    let step = 1 + below(draw(4, rank.into()), PEOPLE / MEMBERS_OF_LARGE - 1);
    (first + index * step) % PEOPLE
}

/// When the message with this number is said.
fn said_at(number: u64) -> DateTime<Utc> {
    let since = TimeDelta::milliseconds(STEP_MILLIS * i64::try_from(number).unwrap_or(0));
    DateTime::from_timestamp(BEGIN_SECS, 0).unwrap_or_default() + since
}

/// What is said, about 90 bytes.
fn text(number: u64) -> String {
    let (mut drawn, count) = (draw(5, number), 8 + draw(6, number) % 16);
    let mut text = String::with_capacity(128);
    for place in 0..count {
        if place == 12 {
            drawn = draw(7, number);
        }
        text.push_str(WORDS[usize::try_from(drawn & 31).unwrap_or(0)]);
        text.push(' ');
        drawn >>= 5;
    }
    text.pop();
    text
}

/// How far a history has come: what each conversation has of it.
pub(super) struct Past {
    people: Vec<UserId>,
    said: u64,
    counts: Vec<u32>,
    newest: Vec<u64>,
    /// Of each person by what they have sent: a conversation's members stand together.
    sent: Vec<u32>,
    /// Where those of a conversation begin.
    seats: Vec<usize>,
    recent: Vec<[u8; REMEMBERED]>,
}

impl Past {
    /// Nothing was said yet.
    pub(super) fn new(people: Vec<UserId>) -> Self {
        let mut seats = vec![0];
        for rank in 0..CONVERSATIONS {
            seats.push(seats[rank as usize] + member_count(rank) as usize);
        }
        let all = CONVERSATIONS as usize;
        let sent = vec![0; seats[all]];
        Self {
            people,
            said: 0,
            counts: vec![0; all],
            newest: vec![0; all],
            sent,
            seats,
            recent: vec![[0; REMEMBERED]; all],
        }
    }

    /// How many messages were said in the conversation of a rank.
    pub(super) fn count(&self, rank: u32) -> u32 {
        self.counts[rank as usize]
    }

    /// One of the people of the conversation of a rank, by lot.
    pub(super) fn someone(&self, rank: u32, lot: u64) -> UserId {
        self.people[member(rank, below(lot, member_count(rank))) as usize]
    }

    /// Goes on without making the messages.
    pub(super) fn skip_to(&mut self, number: u64) {
        while self.said < number {
            self.step();
        }
    }

    /// Who says the next one where.
    fn step(&mut self) -> (u32, u32) {
        let rank = rank_of(self.said);
        let place = rank as usize;
        let sender = below(draw(8, self.said), member_count(rank));
        self.recent[place][self.counts[place] as usize % REMEMBERED] = u8::try_from(sender).unwrap_or(0);
        self.counts[place] += 1;
        self.newest[place] = self.said;
        self.sent[self.seats[place] + sender as usize] += 1;
        self.said += 1;
        (rank, sender)
    }

    /// The next message.
    pub(super) fn say(&mut self) -> PastMessage {
        let number = self.said;
        let created_at = said_at(number);
        let (rank, sender) = self.step();
        let millis = u64::try_from(created_at.timestamp_millis()).unwrap_or(0);
        let mut lot = [0; 10];
        lot.copy_from_slice(&uuid_of(9, number).as_bytes()[..10]);
        PastMessage {
            conversation: conversation(rank),
            number: self.counts[rank as usize].into(),
            id: Builder::from_unix_timestamp_millis(millis, &lot).into_uuid(),
            sender: self.people[member(rank, sender) as usize],
            client_id: format!("{:012x}", draw(10, number) >> 16),
            content: text(number),
            created_at,
            command_pos: FIRST_POS + i64::try_from(number).unwrap_or(0),
        }
    }

    /// Where the conversation of a rank and its people have come to: most have read everything, a fifth not the last few, a tenth nothing.
    pub(super) fn close(&self, rank: u32) -> (PastHead, Vec<PastReader>) {
        let place = rank as usize;
        let conversation = conversation(rank);
        let messages = i64::from(self.counts[place]);
        let head = PastHead { conversation, messages, updated_at: said_at(self.newest[place]) };
        let reader = |index: u32| {
            let lot = draw(11, u64::from(rank) << 8 | u64::from(index));
            let unread_tail = match lot % 10 {
                0 => messages,
                1 | 2 => messages.min(1 + i64::from(below(lot, 15))),
                _ => 0,
            };
            let sent_count = i64::from(self.sent[self.seats[place] + index as usize]);
            let own = match unread_tail {
                tail if tail == messages => sent_count,
                tail => self.own_among_last(place, index, tail),
            };
            let read_count = messages - unread_tail - (sent_count - own);
            let user = self.people[member(rank, index) as usize];
            PastReader { conversation, user, sent_count, read_seq: messages - unread_tail + 1, read_count }
        };
        (head, (0..member_count(rank)).map(reader).collect())
    }

    fn own_among_last(&self, place: usize, index: u32, tail: i64) -> i64 {
        let count = i64::from(self.counts[place]);
        let is_own = |number: &i64| {
            let slot = usize::try_from(*number).unwrap_or(0) % REMEMBERED;
            u32::from(self.recent[place][slot]) == index
        };
        i64::try_from((count - tail..count).filter(is_own).count()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn past(said: u64) -> Past {
        let mut past = Past::new((1..=i64::from(PEOPLE)).filter_map(UserId::new).collect());
        past.skip_to(said);
        past
    }

    #[test]
    fn the_same_number_is_the_same_message() {
        let (mut first, mut second) = (past(0), past(999));
        let told: Vec<_> = (0..1000).map(|_| first.say()).collect();
        assert_eq!(told[999], second.say());
        assert_eq!(told.iter().map(|message| message.id).collect::<BTreeSet<_>>().len(), 1000);
        assert!(told.is_sorted_by_key(|message| message.created_at));
    }

    #[test]
    fn few_conversations_have_most() {
        let past = past(300_000);
        let largest = past.count(0);
        assert!((15_000..20_000).contains(&largest), "{largest}");
        assert!((0..CONVERSATIONS).filter(|rank| past.count(*rank) < 10).count() > 150_000);
    }

    #[test]
    fn everybody_is_in_a_conversation_once() {
        for rank in [0, 7, 999, 1000, 199_999] {
            let people: Vec<_> = members(rank).collect();
            assert_eq!(people.iter().collect::<BTreeSet<_>>().len(), people.len(), "{rank}");
        }
    }

    #[test]
    fn counts_are_those_of_the_messages() {
        let mut past = past(0);
        let told: Vec<_> = (0..20_000).map(|_| past.say()).collect();
        for rank in [0, 1, 5, 50, 2000] {
            let (head, readers) = past.close(rank);
            let said: Vec<_> = told.iter().filter(|message| message.conversation == head.conversation).collect();
            assert_eq!(head.messages, i64::try_from(said.len()).unwrap());
            for reader in readers {
                let others = said.iter().filter(|message| message.sender != reader.user);
                let read = others.filter(|message| message.number < reader.read_seq).count();
                assert_eq!(reader.read_count, i64::try_from(read).unwrap(), "{reader:?}");
            }
        }
    }
}
