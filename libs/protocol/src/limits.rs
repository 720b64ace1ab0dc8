//! The limits that the contract names. Those that an operator may change are defaults here and settings of the services.

use std::time::Duration;

/// The longest message text, in bytes of UTF-8 (default; `MAX_CONTENT_BYTES`).
pub const MAX_CONTENT_BYTES: usize = 16 * 1024;

/// The largest frame in either direction, in bytes.
pub const MAX_FRAME_BYTES: usize = 128 * 1024;

/// The largest metadata object, in bytes of its JSON.
pub const MAX_METADATA_BYTES: usize = 4 * 1024;

/// The longest title, in characters.
pub const MAX_TITLE_CHARS: usize = 200;

/// The longest name of a person, in characters.
pub const MAX_NAME_CHARS: usize = 200;

/// The longest URL that is kept (job, avatar), in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// The longest description of a webhook, in characters.
pub const MAX_WEBHOOK_DESCRIPTION_CHARS: usize = 500;

/// The longest job id, in characters.
pub const MAX_JOB_ID_CHARS: usize = 128;

/// The longest job status, in characters.
pub const MAX_JOB_STATUS_CHARS: usize = 50;

/// The most participants of a conversation (default; `MAX_PARTICIPANTS`).
pub const MAX_PARTICIPANTS: usize = 1000;

/// The most attachments of a message.
pub const MAX_ATTACHMENTS: usize = 10;

/// The largest uploaded file, in bytes (default; `MAX_ATTACHMENT_BYTES`).
pub const MAX_ATTACHMENT_BYTES: u64 = 25 * 1024 * 1024;

/// The longest name of an uploaded file, in characters.
pub const MAX_FILE_NAME_CHARS: usize = 255;

/// How many values the waveform of a recording has.
pub const WAVEFORM_PEAKS: usize = 64;

/// How many participants a conversation's row shows.
pub const SHOWN_PARTICIPANTS: usize = 20;

/// A conversation's unread count stops here.
pub const MAX_UNREAD: i64 = 1000;

/// Rows on a page: unless asked otherwise, and at most.
pub const PAGE_SIZE: (u32, u32) = (50, 200);

/// The largest payload of a NATS message, in bytes, on every server.
pub const MAX_PAYLOAD_BYTES: usize = 1024 * 1024;

/// The largest event, in bytes; a larger one is refused before it is stored.
pub const MAX_EVENT_BYTES: usize = 512 * 1024;

/// How many commands of one socket may wait for their answer.
pub const MAX_UNANSWERED: usize = 256;

/// How many frames in a row may be no JSON or of no known type before the socket is closed.
pub const MAX_BAD_FRAMES: u32 = 20;

/// How long REST waits for the answer to a command.
pub const REST_WAIT: Duration = Duration::from_secs(10);

/// How long after the waiting time a command of REST may still be carried out.
pub const REST_GRACE: Duration = Duration::from_secs(2);

/// How long a command that came on a socket stays valid.
pub const SOCKET_COMMAND_LIFE: Duration = Duration::from_hours(24);

/// How long a socket may take to authenticate with its first frame.
pub const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(5);

/// How often the server sends `heartbeat`.
pub const HEARTBEAT: Duration = Duration::from_secs(25);

/// How many missing events a resume brings at the most; beyond that the client reloads over REST.
pub const MAX_RESUME_EVENTS: i64 = 5000;

/// The most messages that one `mark_as_read` names, and the most that one `messages_read` tells.
pub const MAX_MARKED_IDS: usize = 500;

/// The most people that are added with one request.
pub const MAX_ADDED_PARTICIPANTS: usize = 200;

/// In conversations of more people there is no presence.
pub const MAX_PRESENCE_PARTICIPANTS: i64 = 200;

/// In conversations of more people receipts go to the reader and the senders concerned alone, at most once a second.
pub const MAX_RECEIPT_PARTICIPANTS: i64 = 100;

/// Positions in one `resume` frame of `/ws/`.
pub const MAX_RESUME_POSITIONS: usize = 1000;

/// How long somebody counts as typing without saying so again.
pub const TYPING_TIMEOUT: Duration = Duration::from_secs(6);

/// How old a message may be whose text is changed (default; `EDIT_WINDOW_SECS`).
pub const EDIT_WINDOW: Duration = Duration::from_hours(24);

/// The longest emoji of a reaction, in characters and in bytes of UTF-8: families with skin tones take about two thirds of that.
pub const MAX_EMOJI: (usize, usize) = (32, 64);

/// The longest reason of a report, in characters.
pub const MAX_REASON_CHARS: usize = 1000;

/// How long marks of a reader are gathered before they are stored.
pub const MARK_FOLDING: Duration = Duration::from_millis(300);
