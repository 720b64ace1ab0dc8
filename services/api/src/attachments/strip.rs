//! Takes out of pictures what is not picture: place, person, device, comments, embedded previews, and whatever hangs on
//! behind. Losslessly: what is left is as it was. What is kept is listed, not what is dropped. Pure.

mod gif;
mod jpeg;
mod png;
mod webp;

use image::ImageFormat;

/// The picture alone. None if the file is not built as its format demands.
pub(super) fn strip(file: &[u8], format: ImageFormat) -> Option<Vec<u8>> {
    match format {
        ImageFormat::Gif => gif::strip(file),
        ImageFormat::Jpeg => jpeg::strip(file),
        ImageFormat::Png => png::strip(file),
        ImageFormat::WebP => webp::strip(file),
        _ => None,
    }
}

/// Takes the first `count` bytes off.
fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

/// Takes the first byte off.
fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    take(rest, 1).map(|byte| byte[0])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PICTURES: [(ImageFormat, &[u8], &[u8]); 5] = [
        (
            ImageFormat::Gif,
            include_bytes!("../../../../tests/tests/attachments/files/photo.gif"),
            include_bytes!("../../../../tests/tests/attachments/files/plain.gif"),
        ),
        (
            ImageFormat::Jpeg,
            include_bytes!("../../../../tests/tests/attachments/files/photo.jpg"),
            include_bytes!("../../../../tests/tests/attachments/files/plain.jpg"),
        ),
        (
            ImageFormat::Jpeg,
            include_bytes!("../../../../tests/tests/attachments/files/photo-turned.jpg"),
            include_bytes!("../../../../tests/tests/attachments/files/plain.jpg"),
        ),
        (
            ImageFormat::Png,
            include_bytes!("../../../../tests/tests/attachments/files/photo.png"),
            include_bytes!("../../../../tests/tests/attachments/files/plain.png"),
        ),
        (
            ImageFormat::WebP,
            include_bytes!("../../../../tests/tests/attachments/files/photo.webp"),
            include_bytes!("../../../../tests/tests/attachments/files/plain.webp"),
        ),
    ];

    fn contains(file: &[u8], needle: &[u8]) -> bool {
        file.windows(needle.len()).any(|window| window == needle)
    }

    fn pixels(file: &[u8], format: ImageFormat) -> Vec<u8> {
        image::load_from_memory_with_format(file, format).unwrap().to_rgba8().into_raw()
    }

    #[test]
    fn nothing_but_the_picture_is_left_and_all_of_it() {
        for (format, photo, plain) in PICTURES {
            assert!(contains(photo, b"CANARY"), "{format:?} has nothing to take out");
            let stripped = strip(photo, format).unwrap();
            for mark in [&b"CANARY"[..], b"Exif", b"EXIF", b"eXIf", b"xmpmeta", b"XMP", b"Lavc"] {
                assert!(!contains(&stripped, mark), "{format:?}: {}", String::from_utf8_lossy(mark));
            }
            assert_eq!(pixels(&stripped, format), pixels(plain, format), "{format:?}");
        }
    }

    #[test]
    fn picture_without_anything_else_stays_as_it_is() {
        for (format, photo, _) in PICTURES {
            let stripped = strip(photo, format).unwrap();
            assert_eq!(strip(&stripped, format).unwrap(), stripped, "{format:?}");
        }
        let animated = include_bytes!("../../../../tests/tests/attachments/files/animated.webp");
        assert_eq!(strip(animated, ImageFormat::WebP).unwrap(), animated);
    }

    #[test]
    fn file_that_is_cut_off_or_another_is_no_picture_or_has_no_marks() {
        for (format, photo, _) in PICTURES {
            for end in 0..photo.len() {
                if let Some(stripped) = strip(&photo[..end], format) {
                    assert!(!contains(&stripped, b"CANARY"), "{format:?} cut at {end}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_file_is_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), which in 0..5_usize, at in 0..3000_usize) {
            let (format, photo, _) = PICTURES[which];
            let mut odd = photo.to_vec();
            let at = at.min(odd.len());
            let end = (at + bytes.len()).min(odd.len());
            odd.splice(at..end, bytes.iter().copied());
            let _stripped = strip(&odd, format);
            let _stripped = strip(&bytes, format);
        }
    }
}
