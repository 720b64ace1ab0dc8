//! A recording: how long it takes and how loud it is. Pure and slow, but never longer than its limit: for threads that may
//! block.

mod opus;
mod peaks;

use std::io::Cursor;
use std::time::{Duration, Instant};

use bytes::Bytes;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;
use symphonia::core::units::{TimeBase, Timestamp};

use self::opus::OpusTrack;
use self::peaks::Peaks;

/// How long decoding may take. What is longer than that has a length and no waveform.
const DECODING_LIMIT: Duration = Duration::from_secs(5);
/// How long looking through a file may take.
const READING_LIMIT: Duration = Duration::from_secs(8);

/// The samples of a second, where a file does not say.
const USUAL_RATE: u32 = 48_000;

/// What there is to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sound {
    /// Whether there is something to see, too.
    pub(super) is_movie: bool,
    /// How long it takes.
    pub(super) duration_ms: Option<i64>,
    /// How loud it is, each 0 to 100.
    pub(super) waveform: Option<Vec<u8>>,
}

/// Looks through a file. None if it is none that can be listened to.
pub(super) fn examine(file: Bytes) -> Option<Sound> {
    let source = MediaSourceStream::new(Box::new(Cursor::new(file)), MediaSourceStreamOptions::default());
    let probe = symphonia::default::get_probe();
    let mut reader = probe.probe(&Hint::new(), source, FormatOptions::default(), MetadataOptions::default()).ok()?;
    if reader.tracks().iter().any(|track| track.track_type() == Some(TrackType::Video)) {
        return Some(Sound { is_movie: true, duration_ms: None, waveform: None });
    }
    let track = reader.default_track(TrackType::Audio)?.clone();
    let mut listener = Listener::new(&track)?;
    listener.listen(&mut *reader);
    let duration_ms = listener.duration_ms();
    let waveform = listener.peaks.finish().filter(|_| duration_ms.is_some());
    Some(Sound { is_movie: false, duration_ms, waveform })
}

/// Turns packets into samples.
enum Decoder {
    Opus(Box<OpusTrack>),
    Other(Box<dyn AudioDecoder>),
    /// None can, or it took too long: packets are only counted.
    None,
}

impl Decoder {
    fn of(parameters: &AudioCodecParameters) -> Self {
        if parameters.codec == CODEC_ID_OPUS {
            return OpusTrack::new(parameters).map_or(Self::None, |track| Self::Opus(Box::new(track)));
        }
        let codecs = symphonia::default::get_codecs();
        codecs.make_audio_decoder(parameters, &AudioDecoderOptions::default()).map_or(Self::None, Self::Other)
    }
}

/// Hears one track from its beginning to its end.
struct Listener {
    track: u32,
    time_base: Option<TimeBase>,
    decoder: Decoder,
    peaks: Peaks,
    samples: Vec<f32>,
    first: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Listener {
    fn new(track: &Track) -> Option<Self> {
        let parameters = track.codec_params.as_ref()?.audio()?;
        let decoder = Decoder::of(parameters);
        let rate = match decoder {
            Decoder::Opus(_) => opus::RATE.into(),
            Decoder::Other(_) | Decoder::None => parameters.sample_rate.unwrap_or(USUAL_RATE),
        };
        Some(Self {
            track: track.id,
            time_base: track.time_base,
            decoder,
            peaks: Peaks::new(rate),
            samples: Vec::new(),
            first: None,
            end: None,
        })
    }

    fn listen(&mut self, reader: &mut dyn FormatReader) {
        let begun = Instant::now();
        // A file that is damaged in the middle is as long as what can be read of it.
        while let Ok(Some(packet)) = reader.next_packet() {
            let elapsed = begun.elapsed();
            if elapsed > READING_LIMIT {
                self.end = None;
                return;
            }
            if elapsed > DECODING_LIMIT {
                self.give_up_decoding();
            }
            if packet.track_id == self.track {
                self.count(&packet);
                self.decode(&packet);
            }
        }
    }

    fn count(&mut self, packet: &Packet) {
        let length = match &self.decoder {
            // Not every container says how long its packets are; these say it themselves.
            Decoder::Opus(_) if packet.dur.is_zero() => self.time_base.and_then(|base| opus::duration(packet, base)),
            _ => Some(packet.dur),
        };
        let end = packet.pts.saturating_add(length.unwrap_or_default());
        self.first = Some(self.first.map_or(packet.pts, |first| first.min(packet.pts)));
        self.end = Some(self.end.map_or(end, |latest| latest.max(end)));
    }

    fn decode(&mut self, packet: &Packet) {
        match &mut self.decoder {
            Decoder::None => {}
            Decoder::Opus(opus) => match opus.decode(packet, &mut self.samples) {
                Some(()) => self.peaks.hear(&self.samples, 1),
                None => self.give_up_decoding(),
            },
            Decoder::Other(decoder) => match decoder.decode(packet) {
                Ok(sound) => {
                    self.samples.resize(sound.samples_interleaved(), 0.0);
                    sound.copy_to_slice_interleaved(&mut self.samples);
                    self.peaks.hear(&self.samples, sound.num_planes());
                }
                // One packet is lost, as players lose it.
                Err(Error::DecodeError(_)) => {}
                Err(_) => self.give_up_decoding(),
            },
        }
    }

    fn give_up_decoding(&mut self) {
        self.decoder = Decoder::None;
        self.peaks.forget();
    }

    fn duration_ms(&self) -> Option<i64> {
        let (first, end, base) = (self.first?, self.end?, self.time_base?);
        let length = base.calc_time(end)?.as_millis() - base.calc_time(first)?.as_millis();
        i64::try_from(length).ok().filter(|length| *length > 0)
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::limits::WAVEFORM_PEAKS;

    use super::*;

    macro_rules! file {
        ($name:literal) => {
            Bytes::from_static(include_bytes!(concat!("../../../../tests/tests/attachments/files/", $name)))
        };
    }

    /// Two seconds, the second one sixteen times as loud as the first.
    #[test]
    fn recordings_of_every_kind_are_measured() {
        for (name, file) in [
            ("voice.ogg", file!("voice.ogg")),
            ("voice.webm", file!("voice.webm")),
            ("voice.m4a", file!("voice.m4a")),
            ("voice-fragmented.mp4", file!("voice-fragmented.mp4")),
            ("voice.mp3", file!("voice.mp3")),
            ("voice.wav", file!("voice.wav")),
            ("voice-vorbis.ogg", file!("voice-vorbis.ogg")),
            ("voice.flac", file!("voice.flac")),
        ] {
            let sound = examine(file).expect(name);
            let duration = sound.duration_ms.expect(name);
            assert!(!sound.is_movie, "{name}");
            assert!((1900..=2150).contains(&duration), "{name}: {duration} ms");
            let waveform = sound.waveform.expect(name);
            assert_eq!(waveform.len(), WAVEFORM_PEAKS, "{name}");
            let (quiet, loud) = (&waveform[3..28], &waveform[36..61]);
            assert!(quiet.iter().all(|peak| (2..=15).contains(peak)), "{name}: {waveform:?}");
            assert!(loud.iter().all(|peak| (60..=100).contains(peak)), "{name}: {waveform:?}");
            assert_eq!(waveform.iter().max(), Some(&100), "{name}");
        }
    }

    #[test]
    fn movies_are_told_apart() {
        for file in [file!("movie.webm"), file!("movie.mp4")] {
            assert!(examine(file).unwrap().is_movie);
        }
    }

    #[test]
    fn what_cannot_be_heard_is_no_sound_or_has_no_length() {
        for file in [&b""[..], b"x", b"OggS", b"RIFF\x04\0\0\0WAVE", b"ID3\x04\0\0\0\0\0\0", &[0; 5000]] {
            let sound = examine(Bytes::from_static(file));
            assert!(sound.is_none_or(|sound| sound.duration_ms.is_none() && sound.waveform.is_none()), "{file:?}");
        }
    }

    #[test]
    fn damaged_recordings_end_well() {
        for file in
            [file!("voice.ogg"), file!("voice.webm"), file!("voice.m4a"), file!("voice.mp3"), file!("movie.mp4")]
        {
            for step in 0..60 {
                let mut damaged = file.to_vec();
                let at = step * damaged.len() / 60;
                damaged[at..(at + 4).min(file.len())].fill(0xFF);
                let _sound = examine(damaged.into());
                let _sound = examine(file.slice(..at));
            }
        }
    }
}
