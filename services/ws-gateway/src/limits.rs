//! How much one person may say and hold here, whatever it is said through. What is sent counts on all instances together.

mod doorstep;

use std::sync::Arc;
use std::time::Instant;

use chat_bus::limits::Exchange;
use chat_limits::{Bucket, Limiter, Place, Places, Quota, SharedLimiter, Telling};
use chat_protocol::error::Refusal;
use chat_protocol::frame::ClientFrame;
use chat_protocol::ids::UserId;
use chat_runtime::config::DoorSection;
use clap::Args;

pub use self::doorstep::guarded;

/// People of whom it is known what they take of one class.
const MAX_USERS: usize = 100_000;

/// How much one person may do on this gateway.
#[derive(Debug, Clone, Args)]
pub struct LimitSection {
    /// Sockets of one person on this gateway; the next is closed with 4509
    #[arg(long, env = "MAX_SOCKETS_PER_USER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_sockets_per_user: u32,
    /// Refusals for being too fast, beyond those that `SEND_LIMIT` wears off each second, after which a socket is closed with 4029
    #[arg(long, env = "MAX_RATE_REFUSALS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_rate_refusals: u32,
    /// `typing_start` and `typing_stop` of one person: so many a second/so many at once
    #[arg(long, env = "TYPING_LIMIT", default_value = "20/60")]
    pub typing_limit: Quota,
    /// `mark_as_read` of one person
    #[arg(long, env = "MARK_LIMIT", default_value = "20/200")]
    pub mark_limit: Quota,
    /// `resume` of one person
    #[arg(long, env = "RESUME_LIMIT", default_value = "5/100")]
    pub resume_limit: Quota,
    /// `authenticate`, `ping` and frames that mean nothing, of one person
    #[arg(long, env = "CONTROL_LIMIT", default_value = "20/100")]
    pub control_limit: Quota,
    /// Sockets and sessions opened from one address
    #[arg(long, env = "OPENING_LIMIT", default_value = "50/500")]
    pub opening_limit: Quota,
}

/// What a frame counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameClass {
    /// Something is said.
    Send,
    /// Typing.
    Typing,
    /// Marks of what was read.
    Mark,
    /// Asking for what was missed.
    Resume,
    /// Everything else, and what means nothing.
    Control,
}

impl FrameClass {
    /// The class of a frame.
    #[must_use]
    pub const fn of(frame: &ClientFrame) -> Self {
        match frame {
            ClientFrame::SendMessage(..) => Self::Send,
            ClientFrame::MarkAsRead(..) => Self::Mark,
            ClientFrame::TypingStart(_) | ClientFrame::TypingStop(_) => Self::Typing,
            ClientFrame::Resume(_) => Self::Resume,
            ClientFrame::Authenticate(_) | ClientFrame::Ping => Self::Control,
        }
    }

    /// The word for it in the metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Typing => "typing",
            Self::Mark => "mark",
            Self::Resume => "resume",
            Self::Control => "control",
        }
    }
}

/// The limits of all sockets of a gateway.
#[derive(Debug)]
pub struct Limits {
    sends: Arc<SharedLimiter<Bucket>>,
    typing: Limiter<UserId, Bucket>,
    marks: Limiter<UserId, Bucket>,
    resumes: Limiter<UserId, Bucket>,
    control: Limiter<UserId, Bucket>,
    sockets: Places<UserId>,
    /// How many refusals one socket may get.
    refusals: Option<Quota>,
}

impl Limits {
    /// As they are set.
    #[must_use]
    pub fn new(doors: &DoorSection, section: &LimitSection) -> Self {
        if !doors.are_limits_on() {
            return Self::off();
        }
        let of_users = |quota| Limiter::new(quota, MAX_USERS);
        Self {
            sends: Arc::new(SharedLimiter::of_rate("send", doors.send_limit)),
            typing: of_users(section.typing_limit),
            marks: of_users(section.mark_limit),
            resumes: of_users(section.resume_limit),
            control: of_users(section.control_limit),
            sockets: Places::new(usize::try_from(section.max_sockets_per_user).unwrap_or(usize::MAX)),
            refusals: Quota::new(doors.send_limit.per_second(), section.max_rate_refusals),
        }
    }

    /// None at all.
    #[must_use]
    pub fn off() -> Self {
        Self {
            sends: Arc::new(SharedLimiter::off("send")),
            typing: Limiter::off(),
            marks: Limiter::off(),
            resumes: Limiter::off(),
            control: Limiter::off(),
            sockets: Places::unbounded(),
            refusals: None,
        }
    }

    /// What the instances tell each other.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        Exchange::new(vec![Arc::clone(&self.sends) as Arc<dyn Telling>])
    }

    /// Counts a frame, or refuses it.
    pub fn take(&self, class: FrameClass, user: UserId, now: Instant) -> Result<(), Refusal> {
        let taken = match class {
            FrameClass::Send => self.sends.take(user.get().unsigned_abs(), now),
            FrameClass::Typing => self.typing.take(user, now),
            FrameClass::Mark => self.marks.take(user, now),
            FrameClass::Resume => self.resumes.take(user, now),
            FrameClass::Control => self.control.take(user, now),
        };
        taken.map(|_standing| ()).map_err(|exceeded| {
            metrics::counter!("chat_limits_refused_total", "class" => class.label()).increment(1);
            Refusal::rate_limited(exceeded.retry_after)
        })
    }

    /// A place for one more socket of a person, if there is one.
    #[must_use]
    pub fn seat(&self, user: UserId) -> Option<Place<UserId>> {
        let place = self.sockets.take(user);
        if place.is_none() {
            metrics::counter!("chat_limits_refused_total", "class" => "sockets_per_user").increment(1);
        }
        place
    }

    /// How many refusals a socket may get before it is closed, and how fast they wear off.
    #[must_use]
    pub const fn refusals(&self) -> Option<Quota> {
        self.refusals
    }
}
