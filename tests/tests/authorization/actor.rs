//! Who asks.

/// The kinds of callers, in the order of the tables' columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Without a token.
    Anonymous,
    /// With a token of the member that was good once.
    Expired,
    /// Somebody who never took part.
    Stranger,
    /// Somebody who did.
    Former,
    /// Takes part.
    Member,
    /// Takes part as an admin of the conversation.
    Admin,
    /// Takes part as its owner.
    Owner,
    /// An admin of the platform.
    Platform,
    /// A machine.
    Service,
}

impl Actor {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Anonymous,
        Self::Expired,
        Self::Stranger,
        Self::Former,
        Self::Member,
        Self::Admin,
        Self::Owner,
        Self::Platform,
        Self::Service,
    ];

    /// The word over the column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Expired => "expired",
            Self::Stranger => "stranger",
            Self::Former => "former",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::Platform => "platform",
            Self::Service => "service",
        }
    }

    /// Whose objects are the caller's own: who has no token of their own asks for the member's.
    pub const fn person(self) -> Self {
        match self {
            Self::Anonymous | Self::Expired => Self::Member,
            other => other,
        }
    }

    /// Whether the caller may know what is said in the group.
    pub const fn takes_part(self) -> bool {
        matches!(self, Self::Member | Self::Admin | Self::Owner)
    }
}
