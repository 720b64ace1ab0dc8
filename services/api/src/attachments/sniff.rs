//! What a file is, found from its first bytes; and what may be said of it to a browser. Pure.

use image::ImageFormat;

/// How many bytes are looked at.
pub(crate) const HEAD_BYTES: usize = 8 * 1024;

/// Whatever it is.
pub(crate) const UNKNOWN: &str = "application/octet-stream";
/// What people read.
const TEXT: &str = "text/plain";

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sniffed {
    /// The type.
    pub(crate) content_type: &'static str,
    /// What can be done with it.
    pub(crate) class: Class,
}

/// What can be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Shown, if it can be decoded.
    Picture(ImageFormat),
    /// Listened to or watched: which of the two, its tracks tell.
    Media,
    /// Kept.
    Other,
}

/// Types that browsers may show by themselves: no program can stand in them.
const INLINE: [&str; 13] = [
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/webm",
];

/// Types outside of audio, font, image and video that are called by their name: no browser runs them, it saves them.
const NAMED: [&str; 13] = [
    "application/epub+zip",
    "application/gzip",
    "application/msword",
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
];

/// What a file that begins so is.
pub(crate) fn sniff(head: &[u8]) -> Sniffed {
    let head = head.get(..HEAD_BYTES).unwrap_or(head);
    let content_type = match (as_text(head), infer::get(head)) {
        // Files of text that have a form of their own. Two or three letters of one make no other file of it.
        (Some(text), Some(kind)) if has_form(text, kind.mime_type()) => kind.mime_type(),
        (Some(text), _) => text_type(text),
        (None, Some(kind)) => common_name(kind.mime_type()),
        (None, None) => UNKNOWN,
    };
    Sniffed { content_type, class: class_of(content_type) }
}

fn class_of(content_type: &str) -> Class {
    match content_type {
        "image/gif" => Class::Picture(ImageFormat::Gif),
        "image/jpeg" => Class::Picture(ImageFormat::Jpeg),
        "image/png" => Class::Picture(ImageFormat::Png),
        "image/webp" => Class::Picture(ImageFormat::WebP),
        "audio/midi" => Class::Other,
        _ if content_type.starts_with("audio/") || content_type.starts_with("video/") => Class::Media,
        _ => Class::Other,
    }
}

/// Whether a text begins as a document of this type does, and with nothing else before that.
fn has_form(text: &str, content_type: &str) -> bool {
    match content_type {
        "application/pdf" => text.starts_with("%PDF-"),
        "application/rtf" => text.starts_with("{\\rtf"),
        _ => false,
    }
}

/// The names that browsers use.
fn common_name(content_type: &'static str) -> &'static str {
    match content_type {
        "audio/m4a" => "audio/mp4",
        "audio/opus" => "audio/ogg",
        "audio/x-flac" => "audio/flac",
        "audio/x-wav" => "audio/wav",
        "video/x-m4v" => "video/mp4",
        other => other,
    }
}

/// The bytes as text, if they are UTF-8 (cut anywhere) with no other control characters than texts have.
fn as_text(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character that the end of the head cuts off.
        Err(error) if error.error_len().is_none() && head.len() == HEAD_BYTES => {
            std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_plain =
        |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}' | '\u{80}'..='\u{9f}');
    text.chars().all(is_plain).then_some(text)
}

/// What kind of text: markup is told apart, so that nobody takes it for harmless.
fn text_type(text: &str) -> &'static str {
    let start = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    if !start.starts_with('<') {
        return TEXT;
    }
    let lower = start.to_ascii_lowercase();
    if lower.contains("<svg") {
        "image/svg+xml"
    } else if lower.contains("<html") || lower.contains("<!doctype html") || lower.contains("<script") {
        "text/html"
    } else if lower.starts_with("<?xml") {
        "text/xml"
    } else {
        "text/html"
    }
}

/// What a browser is told: a type that it does not run, or nothing.
pub(crate) fn served_type(content_type: &str) -> &str {
    let is_media = ["audio/", "font/", "image/", "video/"].iter().any(|family| content_type.starts_with(family));
    match content_type {
        TEXT => "text/plain; charset=utf-8",
        _ if content_type.ends_with("xml") => UNKNOWN,
        _ if is_media || NAMED.contains(&content_type) => content_type,
        _ => UNKNOWN,
    }
}

/// Whether a browser may show it by itself.
pub(crate) fn is_inline(content_type: &str) -> bool {
    INLINE.contains(&content_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_of(head: &[u8]) -> &'static str {
        sniff(head).content_type
    }

    #[test]
    fn binary_files_are_known_by_their_first_bytes() {
        for (head, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
            (b"GIF89a\x01\0\x01\0\x80\0\0", "image/gif"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0", "audio/ogg"),
            (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
            (b"fLaC\0\0\0\x22", "audio/flac"),
            (b"\0\0\0\x20ftypM4A \0\0\0\0", "audio/mp4"),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", "video/mp4"),
            (b"PK\x03\x04\x14\0\0\0\x08\0", "application/zip"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
            (b"%PDF-1.4\n1 0 obj\n", "application/pdf"),
            (b"\x00\x01\x02\x03", UNKNOWN),
        ] {
            assert_eq!(type_of(head), expected, "{head:?}");
        }
    }

    #[test]
    fn text_is_text_whatever_letters_it_begins_with() {
        for text in
            ["BMW builds cars", "ID3 is a tag", "GIF89a=1;alert(1)", "MZ", "hello <script>", "%!", "#!/bin/sh\nls"]
        {
            assert_eq!(type_of(text.as_bytes()), TEXT, "{text}");
        }
        let long = "é".repeat(HEAD_BYTES);
        assert_eq!(type_of(format!("x{long}").as_bytes()), TEXT, "cut within a character");
        assert_eq!(type_of(b"abc\xff"), UNKNOWN);
        assert_eq!(type_of(b"a\0b"), UNKNOWN);
    }

    #[test]
    fn markup_is_called_markup() {
        for (text, expected) in [
            ("<!DOCTYPE html><p>", "text/html"),
            ("\u{feff} \n<ScRiPt>alert(1)</script>", "text/html"),
            ("<b onclick=x>", "text/html"),
            ("<!-- --><html>", "text/html"),
            ("<svg xmlns=\"http://www.w3.org/2000/svg\">", "image/svg+xml"),
            ("<?xml version=\"1.0\"?>\n<!-- x --><svg>", "image/svg+xml"),
            ("<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">", "text/html"),
            ("<?xml version=\"1.0\"?><a/>", "text/xml"),
            ("<p>a page</p>\n%PDF-1.4\n", "text/html"),
        ] {
            assert_eq!(type_of(text.as_bytes()), expected, "{text}");
            assert_eq!(sniff(text.as_bytes()).class, Class::Other);
        }
    }

    #[test]
    fn nothing_that_runs_is_served_by_its_name() {
        for active in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/xhtml+xml",
            "text/x-shellscript",
            "application/x-shockwave-flash",
            "application/wasm",
            "multipart/related",
        ] {
            assert_eq!(served_type(active), UNKNOWN, "{active}");
            assert!(!is_inline(active));
        }
        assert_eq!(served_type("image/png"), "image/png");
        assert_eq!(served_type(TEXT), "text/plain; charset=utf-8");
        assert!(INLINE.iter().all(|shown| served_type(shown) == *shown));
        assert!(!is_inline(TEXT) && !is_inline("application/pdf"));
    }
}
