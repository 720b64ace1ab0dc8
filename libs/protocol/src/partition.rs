//! Where a conversation lives: its bucket (subject token) and its partition (unit of ownership). Fixed for ever.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{ConversationId, UserId};

/// How many buckets there are.
pub const BUCKETS: u16 = 4096;

/// How many partitions there are.
pub const PARTITIONS: u8 = 64;

/// One of the 4096 buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bucket(u16);

impl Bucket {
    /// The bucket of some bytes: FNV-1a, 32 bits, modulo [`BUCKETS`].
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 4096")]
        Self((hash % u32::from(BUCKETS)) as u16)
    }

    /// The bucket of a conversation: over the id's 16 bytes, not its text.
    #[must_use]
    pub fn of_conversation(id: ConversationId) -> Self {
        Self::of_uuid(id.uuid())
    }

    /// The bucket of a user: over the id's 8 bytes, big endian.
    #[must_use]
    pub fn of_user(id: UserId) -> Self {
        Self::of_bytes(&id.get().to_be_bytes())
    }

    fn of_uuid(id: Uuid) -> Self {
        Self::of_bytes(id.as_bytes())
    }

    /// The number, 0 to 4095.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The partition that this bucket belongs to.
    #[must_use]
    pub fn partition(self) -> Partition {
        #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 64")]
        Partition((self.0 % u16::from(PARTITIONS)) as u8)
    }
}

/// One of the 64 partitions: what one persistence worker owns at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(u8);

impl Partition {
    /// The partition of a number, if there is one.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < PARTITIONS { Some(Self(number)) } else { None }
    }

    /// All partitions, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..PARTITIONS).map(Self)
    }

    /// The partition of a conversation.
    #[must_use]
    pub fn of_conversation(id: ConversationId) -> Self {
        Bucket::of_conversation(id).partition()
    }

    /// The number, 0 to 63.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A new conversation id whose partition is the given one: draws ids until one fits, 64 on average.
#[must_use]
pub fn generate_conversation_id_in(partition: Partition) -> ConversationId {
    loop {
        let id = ConversationId::generate();
        if Partition::of_conversation(id) == partition {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_fnv_1a() {
        // Published test vectors of FNV-1a 32: "" 811c9dc5, "a" e40c292c, "foobar" bf9cf968.
        assert_eq!(Bucket::of_bytes(b"").get(), (0x811c_9dc5_u32 % 4096) as u16);
        assert_eq!(Bucket::of_bytes(b"a").get(), (0xe40c_292c_u32 % 4096) as u16);
        assert_eq!(Bucket::of_bytes(b"foobar").get(), (0xbf9c_f968_u32 % 4096) as u16);
    }

    #[test]
    fn placement_never_changes() {
        let id: ConversationId = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!((Bucket::of_conversation(id).get(), Partition::of_conversation(id).get()), (595, 19));
    }

    #[test]
    fn drawn_id_meets_its_partition() {
        for partition in Partition::all() {
            assert_eq!(Partition::of_conversation(generate_conversation_id_in(partition)), partition);
        }
    }
}
