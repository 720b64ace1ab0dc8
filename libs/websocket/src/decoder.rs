//! From bytes to messages.

use crate::header::{Header, MAX_HEADER_BYTES, Opcode, unmask};

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// It asks whether the server lives: to be answered with the same payload.
    Ping(Vec<u8>),
    /// It lives.
    Pong(Vec<u8>),
    /// It says nothing more: code and reason, if it gave any.
    Close(Option<(u16, String)>),
}

/// Why nothing more is read from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// A reserved bit or an unknown kind of frame.
    #[error("a reserved bit or opcode")]
    Reserved,
    /// A frame without a mask.
    #[error("a frame without a mask")]
    Unmasked,
    /// A control frame that is cut or too long.
    #[error("a control frame in pieces, or too long")]
    Control,
    /// A piece without a beginning, or a beginning in the middle.
    #[error("pieces out of order")]
    Order,
    /// A code that must not be sent, or half of one.
    #[error("no close code")]
    CloseCode,
    /// A text that is none.
    #[error("no UTF-8")]
    Utf8,
    /// More than a message may have.
    #[error("the message is too large")]
    TooLarge,
}

impl ProtocolError {
    /// The code that the connection is closed with.
    #[must_use]
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Utf8 => 1007,
            Self::TooLarge => 1009,
            Self::Reserved | Self::Unmasked | Self::Control | Self::Order | Self::CloseCode => 1002,
        }
    }
}

/// Reads one connection. After an error nothing more is read.
#[derive(Debug)]
pub struct Decoder {
    max_message_bytes: usize,
    failed: Option<ProtocolError>,
    /// None between messages.
    partial: Option<Box<Partial>>,
}

/// What has come of a header, a frame, a message.
#[derive(Debug, Default)]
struct Partial {
    header: [u8; MAX_HEADER_BYTES],
    header_bytes: usize,
    frame: Option<OpenFrame>,
    /// The payload of the control frame that is being read.
    control: Vec<u8>,
    message: Option<OpenMessage>,
}

/// A frame whose header has come.
#[derive(Debug, Clone, Copy)]
struct OpenFrame {
    header: Header,
    read: usize,
}

/// A message whose first header has come.
#[derive(Debug)]
struct OpenMessage {
    is_text: bool,
    payload: Vec<u8>,
    /// So much of it is known to be UTF-8.
    valid: usize,
}

impl Decoder {
    /// A decoder for messages of up to so many bytes.
    #[must_use]
    pub const fn new(max_message_bytes: usize) -> Self {
        Self { max_message_bytes, failed: None, partial: None }
    }

    /// Takes bytes off the front of `input` until a message is complete; none if there is nothing left.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, ProtocolError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut partial = self.partial.take().unwrap_or_default();
        let message = partial.read(input, self.max_message_bytes).inspect_err(|error| self.failed = Some(*error))?;
        self.partial = (!partial.is_empty()).then_some(partial);
        Ok(message)
    }

    /// Whether nothing of a message is held.
    #[must_use]
    pub const fn is_between_messages(&self) -> bool {
        self.partial.is_none()
    }
}

impl Partial {
    const fn is_empty(&self) -> bool {
        self.header_bytes == 0 && self.frame.is_none() && self.message.is_none()
    }

    fn read(&mut self, input: &mut &[u8], max: usize) -> Result<Option<Message>, ProtocolError> {
        loop {
            let Some(mut frame) = self.frame.take() else {
                let Some(header) = self.read_header(input)? else { return Ok(None) };
                self.begin(header, max)?;
                continue;
            };
            let missing = usize::try_from(frame.header.length).unwrap_or(usize::MAX) - frame.read;
            let (part, rest) = input.split_at(missing.min(input.len()));
            *input = rest;
            self.take_in(frame, part)?;
            frame.read += part.len();
            if part.len() < missing {
                self.frame = Some(frame);
                return Ok(None);
            }
            if let Some(message) = self.end(frame.header)? {
                return Ok(Some(message));
            }
        }
    }

    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<Header>, ProtocolError> {
        let known = self.header_bytes;
        let taken = input.len().min(MAX_HEADER_BYTES - known);
        self.header[known..known + taken].copy_from_slice(&input[..taken]);
        let Some((header, size)) = Header::read(&self.header[..known + taken])? else {
            *input = &input[taken..];
            self.header_bytes = known + taken;
            return Ok(None);
        };
        *input = &input[size - known..];
        self.header_bytes = 0;
        Ok(Some(header))
    }

    /// Judges a frame by its header, before a byte of it is kept.
    fn begin(&mut self, header: Header, max: usize) -> Result<(), ProtocolError> {
        self.frame = Some(OpenFrame { header, read: 0 });
        if header.opcode.is_control() {
            return Ok(());
        }
        match (header.opcode, &self.message) {
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(ProtocolError::Order);
            }
            _ => {}
        }
        let is_text = header.opcode == Opcode::Text;
        let message = self.message.get_or_insert(OpenMessage { is_text, payload: Vec::new(), valid: 0 });
        let total = (message.payload.len() as u64).saturating_add(header.length);
        if total > max as u64 { Err(ProtocolError::TooLarge) } else { Ok(()) }
    }

    fn take_in(&mut self, frame: OpenFrame, part: &[u8]) -> Result<(), ProtocolError> {
        let message = self.message.as_mut().filter(|_| !frame.header.opcode.is_control());
        let payload = match message {
            Some(message) => &mut message.payload,
            None => &mut self.control,
        };
        let begin = payload.len();
        // A message in one piece gets what it needs; one that comes slowly no more than what came, doubled.
        if begin == 0 {
            payload.reserve_exact(part.len());
        }
        payload.extend_from_slice(part);
        unmask(&mut payload[begin..], frame.header.mask, frame.read);
        match &mut self.message {
            Some(message) if message.is_text && !frame.header.opcode.is_control() => message.validate(),
            _ => Ok(()),
        }
    }

    /// A frame is complete: so is a message, perhaps.
    fn end(&mut self, header: Header) -> Result<Option<Message>, ProtocolError> {
        if header.opcode.is_control() {
            let payload = std::mem::take(&mut self.control);
            return Ok(Some(match header.opcode {
                Opcode::Ping => Message::Ping(payload),
                Opcode::Pong => Message::Pong(payload),
                _ => Message::Close(read_close(&payload)?),
            }));
        }
        match self.message.take_if(|_| header.is_final) {
            Some(message) if message.is_text => String::from_utf8(message.payload)
                .map(|text| Some(Message::Text(text)))
                .map_err(|_| ProtocolError::Utf8),
            Some(message) => Ok(Some(Message::Binary(message.payload))),
            None => Ok(None),
        }
    }
}

impl OpenMessage {
    /// What is no UTF-8 however it goes on is refused at once.
    fn validate(&mut self) -> Result<(), ProtocolError> {
        match std::str::from_utf8(&self.payload[self.valid..]) {
            Ok(text) => self.valid += text.len(),
            Err(error) if error.error_len().is_none() => self.valid += error.valid_up_to(),
            Err(_) => return Err(ProtocolError::Utf8),
        }
        Ok(())
    }
}

fn read_close(payload: &[u8]) -> Result<Option<(u16, String)>, ProtocolError> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        [_] => return Err(ProtocolError::CloseCode),
    };
    if !matches!(code, 1000..=1003 | 1007..=1013 | 3000..=4999) {
        return Err(ProtocolError::CloseCode);
    }
    let reason = std::str::from_utf8(reason).map_err(|_| ProtocolError::Utf8)?;
    Ok(Some((code, reason.to_owned())))
}
