//! A picture: measured before it is decoded, decoded within limits, turned upright, without what is no picture, and small.
//! Pure and slow: for threads that may block.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder as _, ImageError, ImageFormat, ImageReader,
    ImageResult, Limits,
};

use super::strip::strip;

/// The largest picture, in pixels: those of the largest cameras that people carry.
pub(crate) const MAX_PIXELS: u64 = 50_000_000;
/// The longest side, in pixels.
const MAX_SIDE: u32 = 30_000;
/// The most memory that decoded pixels may take, in bytes.
const MAX_DECODED_BYTES: u64 = 256 * 1024 * 1024;
/// The longest side of a thumbnail, in pixels.
const THUMBNAIL_SIDE: u32 = 320;
/// The quality of thumbnails, and of what has to be compressed again because it was turned.
const THUMBNAIL_QUALITY: u8 = 80;
const TURNED_QUALITY: u8 = 92;

/// Why a picture is not taken as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PictureError {
    /// Decoding it would take too much.
    TooLarge,
    /// It cannot be decoded.
    Broken,
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        if matches!(error, ImageError::Limits(_)) { Self::TooLarge } else { Self::Broken }
    }
}

/// A picture that can be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// The file to be served, if it is not the one that was uploaded.
    pub(super) replacement: Option<Vec<u8>>,
    /// Width and height as it is shown.
    pub(super) dimensions: (u32, u32),
    /// The small picture.
    pub(super) thumbnail: Vec<u8>,
    /// What that is.
    pub(super) thumbnail_type: &'static str,
}

/// How much memory decoding takes at the most, in bytes: the pixels, and the coefficients of a progressive JPEG or else a
/// turned copy.
pub(super) fn measure(file: &[u8], format: ImageFormat) -> Result<u64, PictureError> {
    Ok(decoder(file, format)?.total_bytes() * 3)
}

fn decoder(file: &[u8], format: ImageFormat) -> Result<impl ImageDecoder, PictureError> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED_BYTES {
        Err(PictureError::TooLarge)
    } else {
        Ok(decoder)
    }
}

/// Makes a picture of a file.
pub(super) fn prepare(file: &[u8], format: ImageFormat) -> Result<Picture, PictureError> {
    let mut decoder = decoder(file, format)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colours = decoder.icc_profile().unwrap_or_default();
    let stripped = strip(file, format).ok_or(PictureError::Broken)?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    let is_turned = orientation != Orientation::NoTransforms;
    let served = if is_turned && is_still(&stripped, format) {
        image.apply_orientation(orientation);
        encode_upright(&image, format, colours)?
    } else {
        stripped
    };
    let dimensions = (image.width(), image.height());
    let (thumbnail, thumbnail_type) = thumbnail(&image)?;
    let replacement = Some(served).filter(|served| served != file);
    Ok(Picture { replacement, dimensions, thumbnail, thumbnail_type })
}

/// Whether it is one picture. Frames of an animation stay as they are.
fn is_still(file: &[u8], format: ImageFormat) -> bool {
    let has = |kind: &[u8]| file.windows(kind.len()).take(1024).any(|window| window == kind);
    match format {
        ImageFormat::Png => !has(b"acTL"),
        ImageFormat::WebP => !has(b"ANIM"),
        ImageFormat::Jpeg => true,
        _ => false,
    }
}

fn encode_upright(image: &DynamicImage, format: ImageFormat, colours: Option<Vec<u8>>) -> ImageResult<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    match format {
        ImageFormat::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut file, TURNED_QUALITY);
            if let Some(colours) = colours {
                // Colours that this format cannot carry are left to the viewer.
                let _ = encoder.set_icc_profile(colours);
            }
            let grey_or_rgb = match image.color().channel_count() {
                1 | 2 => DynamicImage::ImageLuma8(image.to_luma8()),
                _ => DynamicImage::ImageRgb8(image.to_rgb8()),
            };
            grey_or_rgb.write_with_encoder(encoder)?;
        }
        ImageFormat::WebP => write_webp(image, &mut file)?,
        _ => image.write_to(&mut file, format)?,
    }
    Ok(file.into_inner())
}

fn write_webp(image: &DynamicImage, file: &mut Cursor<Vec<u8>>) -> ImageResult<()> {
    let pixels = image.to_rgba8();
    WebPEncoder::new_lossless(file).encode(&pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgba8)
}

/// JPEG where nothing shows through, lossless WebP where something does.
fn thumbnail(image: &DynamicImage) -> ImageResult<(Vec<u8>, &'static str)> {
    let is_small = image.width().max(image.height()) <= THUMBNAIL_SIDE;
    let small = if is_small { image.clone() } else { image.thumbnail(THUMBNAIL_SIDE, THUMBNAIL_SIDE) };
    let mut file = Cursor::new(Vec::new());
    let is_opaque = !small.color().has_alpha() || small.to_rgba8().pixels().all(|pixel| pixel.0[3] == u8::MAX);
    if is_opaque {
        let encoder = JpegEncoder::new_with_quality(&mut file, THUMBNAIL_QUALITY);
        DynamicImage::ImageRgb8(small.to_rgb8()).write_with_encoder(encoder)?;
        return Ok((file.into_inner(), "image/jpeg"));
    }
    write_webp(&small, &mut file)?;
    Ok((file.into_inner(), "image/webp"))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    const PHOTO: &[u8] = include_bytes!("../../../../tests/tests/attachments/files/photo.jpg");
    const TURNED: &[u8] = include_bytes!("../../../../tests/tests/attachments/files/photo-turned.jpg");
    const PLAIN_PNG: &[u8] = include_bytes!("../../../../tests/tests/attachments/files/plain.png");
    const ANIMATED: &[u8] = include_bytes!("../../../../tests/tests/attachments/files/animated.webp");

    fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn decoded(file: &[u8]) -> DynamicImage {
        image::load_from_memory(file).unwrap()
    }

    /// A PNG that says that it is so large, with no more data than that.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut file = encoded(&DynamicImage::ImageRgb8(RgbImage::new(1, 1)), ImageFormat::Png);
        file[16..20].copy_from_slice(&width.to_be_bytes());
        file[20..24].copy_from_slice(&height.to_be_bytes());
        // Decoders that check the header's sum would refuse it for that.
        let sum = crc(&file[12..29]);
        file[29..33].copy_from_slice(&sum.to_be_bytes());
        file
    }

    fn crc(bytes: &[u8]) -> u32 {
        let step = |sum: u32, byte: &u8| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
        };
        !bytes.iter().fold(u32::MAX, step)
    }

    #[test]
    fn photo_loses_its_marks_and_keeps_its_pixels() {
        let picture = prepare(PHOTO, ImageFormat::Jpeg).unwrap();
        let served = picture.replacement.unwrap();
        assert_eq!(picture.dimensions, (96, 64));
        assert_eq!(decoded(&served), decoded(PHOTO));
        assert!(!served.windows(6).any(|window| window == b"CANARY"));
    }

    #[test]
    fn turned_photo_is_upright_without_being_told_to() {
        let picture = prepare(TURNED, ImageFormat::Jpeg).unwrap();
        let (served, thumbnail) = (decoded(&picture.replacement.unwrap()), decoded(&picture.thumbnail));
        assert_eq!(picture.dimensions, (64, 96));
        assert_eq!((served.width(), served.height(), thumbnail.width()), (64, 96, 64));
        // Turned right by a quarter: the upper left corner comes to the upper right.
        let (before, after) = (decoded(TURNED).to_rgb8(), served.to_rgb8());
        for (x, y) in [(20, 10), (70, 40), (5, 60)] {
            let (old, new) = (before.get_pixel(x, y).0, after.get_pixel(63 - y, x).0);
            assert!(old.iter().zip(new).all(|(old, new)| old.abs_diff(new) < 40), "{old:?} {new:?}");
        }
    }

    #[test]
    fn picture_with_nothing_to_take_out_is_served_as_it_came() {
        let clean = strip(PLAIN_PNG, ImageFormat::Png).unwrap();
        assert_eq!(prepare(&clean, ImageFormat::Png).unwrap().replacement, None);
        assert_eq!(prepare(ANIMATED, ImageFormat::WebP).unwrap().replacement, None);
    }

    #[test]
    fn thumbnail_is_small_and_keeps_what_shows_through() {
        let wide = DynamicImage::ImageRgb8(RgbImage::from_pixel(1000, 100, Rgb([200, 10, 10])));
        let picture = prepare(&encoded(&wide, ImageFormat::Png), ImageFormat::Png).unwrap();
        assert_eq!((picture.dimensions, picture.thumbnail_type), ((1000, 100), "image/jpeg"));
        assert_eq!((decoded(&picture.thumbnail).width(), decoded(&picture.thumbnail).height()), (320, 32));
        let glass = DynamicImage::ImageRgba8(RgbaImage::from_pixel(10, 10, Rgba([200, 10, 10, 7])));
        let picture = prepare(&encoded(&glass, ImageFormat::Png), ImageFormat::Png).unwrap();
        assert_eq!(picture.thumbnail_type, "image/webp");
        assert_eq!(decoded(&picture.thumbnail), glass);
    }

    #[test]
    fn bombs_are_refused_before_they_are_decoded() {
        for (width, height) in [(50_000, 50_000), (30_001, 1), (10_000, 5_001), (u32::MAX, u32::MAX)] {
            let file = bomb(width, height);
            let refused = measure(&file, ImageFormat::Png).unwrap_err();
            assert!(refused == PictureError::TooLarge || width == u32::MAX, "{width} × {height}: {refused:?}");
            assert!(prepare(&file, ImageFormat::Png).is_err());
        }
        assert!(measure(&bomb(10_000, 5_000), ImageFormat::Png).is_ok());
    }

    #[test]
    fn what_cannot_be_decoded_is_broken() {
        for (format, file) in [
            (ImageFormat::Jpeg, &PHOTO[..600]),
            (ImageFormat::Png, &PLAIN_PNG[..60]),
            (ImageFormat::Gif, b"GIF89a\x01\0\x01\0\0\0\0/*"),
            (ImageFormat::WebP, b"RIFF\x04\0\0\0WEBP"),
        ] {
            assert_eq!(prepare(file, format).unwrap_err(), PictureError::Broken, "{format:?}");
        }
    }
}
