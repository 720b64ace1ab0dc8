//! Names of files in headers: as forms carry them (RFC 7578, and RFC 5987 where clients use it), and as answers do (RFC 6266).
//! Pure.

/// What a part of a form says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PartDisposition {
    /// The field's name.
    pub(crate) field: Option<String>,
    /// The file's name.
    pub(crate) file_name: Option<String>,
}

impl PartDisposition {
    /// Reads `Content-Disposition: form-data; …`. Of two names of a file the extended one (`filename*`) counts.
    pub(crate) fn parse(header: &[u8]) -> Self {
        let mut rest = match header.iter().position(|byte| *byte == b';') {
            Some(end) => &header[end + 1..],
            None => return Self::default(),
        };
        let (mut read, mut plain, mut extended) = (Self::default(), None, None);
        while let Some((name, value, after)) = parameter(rest) {
            match name.as_str() {
                "name" => read.field = read.field.or(Some(text(&value))),
                "filename" => plain = plain.or(Some(unescape(&text(&value)))),
                "filename*" => extended = extended.or_else(|| extended_value(&value)),
                _ => {}
            }
            rest = after;
        }
        read.file_name = extended.or(plain);
        read
    }
}

/// The next `name=value`: the name in lower case, the value without its quotes, and what follows.
fn parameter(header: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    let equals = header.iter().position(|byte| *byte == b'=')?;
    let name = text(header[..equals].trim_ascii()).trim_start_matches(';').trim().to_ascii_lowercase();
    let value = header[equals + 1..].trim_ascii_start();
    let Some(quoted) = value.strip_prefix(b"\"") else {
        let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
        return Some((name, value[..end].trim_ascii().to_vec(), value.get(end + 1..).unwrap_or_default()));
    };
    let mut plain = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                let after = &quoted[at + 1..];
                let next = after.iter().position(|byte| *byte == b';').map_or(after.len(), |end| end + 1);
                return Some((name, plain, &after[next..]));
            }
            // Only before a quote or itself: the paths that old browsers send are full of others.
            b'\\' if matches!(quoted.get(at + 1), Some(b'"' | b'\\')) => {
                plain.extend(bytes.next().map(|(_, next)| *next));
            }
            other => plain.push(*other),
        }
    }
    Some((name, plain, &[]))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What browsers write for characters that cannot stand in the header.
fn unescape(name: &str) -> String {
    name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")
}

/// `UTF-8'language'percent-encoded`.
fn extended_value(value: &[u8]) -> Option<String> {
    let value = std::str::from_utf8(value).ok()?;
    let mut parts = value.splitn(3, '\'');
    let charset = parts.next()?;
    let encoded = parts.nth(1)?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            decoded.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

/// `inline` or `attachment` with the name, for every client: an approximation in ASCII, and all of it in `filename*`. What
/// could lead out of a folder or out of the header is a line below in both.
pub(crate) fn content_disposition(is_inline: bool, name: &str) -> String {
    let safe: String = name.chars().map(|c| if is_separator(c) { '_' } else { c }).collect();
    let safe = if safe.chars().all(|c| c == '.') { safe.replace('.', "_") } else { safe };
    let ascii: String = safe.chars().map(|c| if is_plain_ascii(c) { c } else { '_' }).collect();
    let how = if is_inline { "inline" } else { "attachment" };
    format!("{how}; filename=\"{ascii}\"; filename*=UTF-8''{}", percent_encoded(&safe))
}

fn is_separator(c: char) -> bool {
    c.is_control() || matches!(c, '/' | '\\')
}

/// What stands in a quoted string as it is. Some clients decode percents even there.
fn is_plain_ascii(c: char) -> bool {
    (' '..='~').contains(&c) && !matches!(c, '"' | '%' | '\\')
}

/// All but RFC 5987's `attr-char`.
fn percent_encoded(name: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(header: &str) -> (Option<String>, Option<String>) {
        let read = PartDisposition::parse(header.as_bytes());
        (read.field, read.file_name)
    }

    fn pair(field: &str, name: &str) -> (Option<String>, Option<String>) {
        (Some(field.to_owned()), Some(name.to_owned()))
    }

    #[test]
    fn names_are_read_as_clients_write_them() {
        for (header, name) in [
            (r#"form-data; name="file"; filename="a b.txt""#, "a b.txt"),
            (r#"form-data; filename="x; name=evil"; name="file""#, "x; name=evil"),
            (r#"form-data; name="file"; filename="a\"b\\c""#, r#"a"b\c"#),
            (r#"form-data; name="file"; filename="C:\Users\me\a.txt""#, r"C:\Users\me\a.txt"),
            (r#"form-data; name="file"; filename="a%22b%0D%0Ac%20d""#, "a\"b\r\nc%20d"),
            ("form-data; name=file; filename=a.txt", "a.txt"),
            (r#"form-data; NAME="file"; FileName = "Ü.txt""#, "Ü.txt"),
            (r#"form-data; name="file"; filename="fallback"; filename*=UTF-8''%e2%82%ac%20rates"#, "€ rates"),
            (r#"form-data; name="file"; filename*=utf-8'en'a%2Fb; filename="fallback""#, "a/b"),
            (r#"form-data; name="file"; filename*=latin1''%e4; filename="fallback""#, "fallback"),
            (r#"form-data; name="file"; filename*=UTF-8''%e; filename="fallback""#, "fallback"),
            (r#"form-data; name="file"; filename="unclosed"#, "unclosed"),
        ] {
            assert_eq!(parse(header), pair("file", name), "{header}");
        }
        assert_eq!(parse("form-data; name=\"file\""), (Some("file".into()), None));
        assert_eq!(parse("form-data"), (None, None));
        assert_eq!(
            PartDisposition::parse(b"form-data; name=\"file\"; filename=\"\xff\"").file_name.unwrap(),
            "\u{fffd}"
        );
    }

    #[test]
    fn answers_carry_the_name_and_no_path() {
        assert_eq!(content_disposition(true, "a b.png"), "inline; filename=\"a b.png\"; filename*=UTF-8''a%20b.png");
        assert_eq!(
            content_disposition(false, "../../Ü\"%\r\n.exe"),
            "attachment; filename=\".._..______.exe\"; filename*=UTF-8''.._.._%C3%9C%22%25__.exe"
        );
        assert_eq!(content_disposition(false, ".."), "attachment; filename=\"__\"; filename*=UTF-8''__");
    }

    proptest! {
        #[test]
        fn any_name_makes_one_harmless_header(name in "\\PC{1,40}|.{1,40}") {
            let header = content_disposition(false, &name);
            prop_assert!(header.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
            prop_assert!(!header.contains('/') && !header.contains('\\'));
            let read = PartDisposition::parse(header.as_bytes()).file_name.unwrap();
            let expected: String = name.chars().map(|c| if is_separator(c) { '_' } else { c }).collect();
            prop_assert!(read == expected || name.chars().all(|c| c == '.'));
        }

        #[test]
        fn no_header_is_too_odd_to_be_read(header in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _read = PartDisposition::parse(&header);
        }
    }
}
