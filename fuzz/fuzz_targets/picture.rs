//! Whatever somebody uploads: finding out what it is, measuring, stripping, decoding and naming it do not panic and keep to their limits,
//! and what was stripped once stays as it is.
#![no_main]
#![allow(dead_code, reason = "these are files of the api, of which the target asks for a part")]

use libfuzzer_sys::fuzz_target;

// The files themselves: the api around them would bring its servers.
#[path = "../../services/api/src/attachments"]
mod attachments {
    pub mod disposition;
    pub mod pictures;
    pub mod sniff;
    pub mod strip;

    use self::sniff::Class;

    /// As processing does it: nothing is decoded that would take too much. Here that is less than there, for more tries a second.
    pub fn process(file: &[u8]) {
        let sniffed = sniff::sniff(file);
        assert!(!sniff::served_type(sniffed.content_type).is_empty());
        let Class::Picture(format) = sniffed.class else { return };
        assert!(sniff::is_inline(sniffed.content_type));
        if let Some(stripped) = strip::strip(file, format) {
            assert_eq!(strip::strip(&stripped, format).as_ref(), Some(&stripped), "stripped twice");
        }
        if pictures::measure(file, format).is_ok_and(|bytes| bytes < 8 * 1024 * 1024)
            && let Ok(picture) = pictures::prepare(file, format)
        {
            assert!(picture.dimensions.0 > 0 && picture.dimensions.1 > 0 && !picture.thumbnail.is_empty());
        }
    }
}

use attachments::disposition::{PartDisposition, content_disposition};

fuzz_target!(|data: &[u8]| {
    attachments::process(data);
    let part = PartDisposition::parse(data.get(..1024).unwrap_or(data));
    let header = content_disposition(false, &part.file_name.unwrap_or_default());
    assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{header}");
});
