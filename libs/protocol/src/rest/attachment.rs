//! An uploaded file as clients see it, and what is asked and answered around an upload that goes past the api.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Refusal, Validation};
use crate::ids::AttachmentId;
use crate::limits::MAX_FILE_NAME_CHARS;
use crate::time::Timestamp;

/// What a file is to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AttachmentKind {
    /// A picture that can be shown.
    Image,
    /// A recording that can be heard.
    Voice,
    /// Anything else.
    File,
}

impl AttachmentKind {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Image => 0,
            Self::Voice => 1,
            Self::File => 2,
        }
    }
}

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// What the uploader called it.
    pub name: String,
    /// What it is, found from its bytes.
    pub content_type: String,
    /// How long it is, in bytes.
    pub size: i64,
    /// What its bytes hash to, in hex.
    pub sha256: String,
    /// What it is to people.
    pub kind: AttachmentKind,
    /// Of a picture as it is shown, in pixels.
    pub width: Option<u32>,
    /// Of a picture as it is shown, in pixels.
    pub height: Option<u32>,
    /// Of a recording.
    pub duration_ms: Option<i64>,
    /// Of a recording: how loud it is from its beginning to its end, each 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// Where its bytes are.
    pub url: String,
    /// Where a small picture of it is.
    pub thumbnail_url: Option<String>,
    /// When the upload began.
    pub created_at: Timestamp,
}

/// The body of `POST attachments/uploads/`, before it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DirectUploadRequest {
    /// What the file is called.
    pub name: String,
    /// How long it is, in bytes.
    pub size: i64,
}

impl DirectUploadRequest {
    /// Checks everything that needs no database.
    pub fn check(&self, max_bytes: u64) -> Result<(), Refusal> {
        let mut wrong = Validation::default();
        if let Err(text) = check_file_name(&self.name) {
            wrong.reject("name", text);
        }
        let size = u64::try_from(self.size).unwrap_or(0);
        if size == 0 {
            wrong.reject("size", "A number of bytes, at least 1.");
        }
        wrong.finish()?;
        if size > max_bytes {
            return Err(Refusal::field(ErrorCode::TooLarge, "size", format!("At most {max_bytes} bytes.")));
        }
        Ok(())
    }
}

/// What is wrong with the name of a file, if anything: any characters but NUL, and not too many.
pub fn check_file_name(name: &str) -> Result<(), String> {
    let chars = name.chars().take(MAX_FILE_NAME_CHARS + 1).count();
    if name.contains('\0') {
        Err("No NUL characters.".to_owned())
    } else if chars == 0 || chars > MAX_FILE_NAME_CHARS {
        Err(format!("A name of 1 to {MAX_FILE_NAME_CHARS} characters."))
    } else {
        Ok(())
    }
}

/// The answer to `POST attachments/uploads/`: where the bytes are to be sent, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DirectUpload {
    /// The id that the attachment will have.
    pub id: AttachmentId,
    /// Where.
    pub url: String,
    /// `PUT`.
    pub method: String,
    /// Headers that the request must carry as they stand here.
    pub headers: BTreeMap<String, String>,
    /// Until when the URL is good.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, size: i64) -> Result<(), Refusal> {
        DirectUploadRequest { name: name.to_owned(), size }.check(100)
    }

    #[test]
    fn names_of_any_kind_are_names() {
        for good in ["a", "../../etc/passwd", "a\"b\r\n.txt", "\u{202e}gpj.exe", "😀", &"é".repeat(255)] {
            assert!(check(good, 1).is_ok(), "{good:?}");
        }
        for bad in ["", "a\0b", &"é".repeat(256)] {
            assert!(check(bad, 1).unwrap_err().errors.contains_key("name"), "{bad:?}");
        }
    }

    #[test]
    fn size_is_at_least_1_and_not_over_the_limit() {
        assert!(check("a", 100).is_ok());
        assert_eq!(check("a", 101).unwrap_err().code, ErrorCode::TooLarge);
        for bad in [0, -1] {
            assert_eq!(check("a", bad).unwrap_err().code, ErrorCode::Invalid);
        }
    }
}
