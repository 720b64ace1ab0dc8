//! Files that people upload and download.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Body, Method, RequestBuilder};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::rest::Answer;
use crate::{Rest, User};

/// Where files are uploaded to.
pub const ATTACHMENTS: &str = "/api/chat/attachments/";
/// What parts the parts of our forms.
const BOUNDARY: &str = "a-boundary-of-the-tests";

/// What was downloaded.
#[derive(Debug, Clone)]
pub struct Download {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Download {
    /// The text of a header; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// What bytes hash to, in hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// What stands in a form before the bytes of its one file, and after them. The disposition of the file's part is the caller's.
#[must_use]
pub fn form_around(disposition: &str) -> (Vec<u8>, Vec<u8>) {
    let before =
        format!("--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: image/png\r\n\r\n").into_bytes();
    (before, format!("\r\n--{BOUNDARY}--\r\n").into_bytes())
}

/// A form with one file of this name.
#[must_use]
pub fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let escaped = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let (before, after) = form_around(&format!("form-data; name=\"file\"; filename=\"{escaped}\""));
    [&before, content, &after].concat()
}

impl Rest {
    /// An upload of a form that has been written already, whole or as a stream.
    pub fn form_request(&self, form: impl Into<Body>) -> RequestBuilder {
        let request = self.request(Method::POST, ATTACHMENTS);
        request.header(CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}")).body(form)
    }

    /// Tries to upload a file.
    pub async fn try_upload(&self, name: &str, content: &[u8]) -> Answer {
        Self::send(self.form_request(form(name, content))).await
    }

    /// Downloads from a path or a whole URL; redirections are not followed.
    pub async fn download(&self, path: &str) -> Download {
        Self::fetch(self.request(Method::GET, path)).await
    }

    /// Sends a request and takes whatever comes.
    pub async fn fetch(request: RequestBuilder) -> Download {
        let response = request.send().await.expect("the api answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("the answer arrives").to_vec();
        Download { status, headers, bytes }
    }
}

impl User {
    /// Uploads a file; returns the attachment.
    pub async fn upload(&self, name: &str, content: &[u8]) -> Value {
        self.try_upload(name, content).await.expect(201).body
    }

    /// Sends attachments without a word; returns the message.
    pub async fn send_attachments(&self, conversation: &str, attachments: &[&Value]) -> Value {
        let ids: Vec<_> = attachments.iter().map(|attachment| attachment["id"].clone()).collect();
        let body = serde_json::json!({"message_type": "file", "attachment_ids": ids});
        self.post(&crate::send_path(conversation), body).await.expect(201).body
    }
}
