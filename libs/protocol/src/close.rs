//! Why a socket is closed. Codes under 4500 mean: come back, with backoff and jitter; from 4500 on: stay away.

use crate::error::ErrorCode;

/// A close code of the WebSocket protocol's private range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// The gateway is being stopped; the reason says `reconnect_after_ms=N`.
    Draining = 4001,
    /// The reader was overtaken by what it had to read.
    SlowReader = 4002,
    /// The token expired or was revoked.
    TokenExpired = 4003,
    /// The gateway cannot prove that it has every event; resume elsewhere.
    Resync = 4004,
    /// The service behind is unavailable.
    Unavailable = 4013,
    /// Too much, too fast.
    RateLimited = 4029,
    /// Binary frame, or too many frames in a row that mean nothing.
    Protocol = 4500,
    /// No valid token.
    NotAuthenticated = 4501,
    /// The caller was removed from the conversation.
    NotParticipant = 4503,
    /// Unknown, foreign or deleted conversation.
    NoSuchConversation = 4504,
    /// No `authenticate` frame in time.
    AuthenticationTimeout = 4508,
    /// The user has too many sockets.
    TooManySockets = 4509,
    /// A frame over the limit.
    FrameTooLarge = 4513,
}

impl CloseCode {
    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// A short reason for people who read logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::SlowReader => "too slow",
            Self::TokenExpired => "token expired or revoked",
            Self::Resync => "resync",
            Self::Unavailable => "unavailable",
            Self::RateLimited => "rate limited",
            Self::Protocol => "protocol error",
            Self::NotAuthenticated => "not authenticated",
            Self::NotParticipant => "no longer a participant",
            Self::NoSuchConversation => "no such conversation",
            Self::AuthenticationTimeout => "not authenticated in time",
            Self::TooManySockets => "too many sockets",
            Self::FrameTooLarge => "frame too large",
        }
    }

    /// The code of errors that says the same, where a refusal is told by one.
    #[must_use]
    pub const fn error_code(self) -> ErrorCode {
        match self {
            Self::Draining | Self::SlowReader | Self::Resync | Self::Unavailable => ErrorCode::Unavailable,
            Self::TokenExpired | Self::NotAuthenticated | Self::AuthenticationTimeout => ErrorCode::NotAuthenticated,
            Self::RateLimited | Self::TooManySockets => ErrorCode::RateLimited,
            Self::Protocol => ErrorCode::Invalid,
            Self::NotParticipant => ErrorCode::PermissionDenied,
            Self::NoSuchConversation => ErrorCode::NotFound,
            Self::FrameTooLarge => ErrorCode::TooLarge,
        }
    }

    /// Whether a client should come back.
    #[must_use]
    pub const fn may_reconnect(self) -> bool {
        self.code() < 4500
    }
}
