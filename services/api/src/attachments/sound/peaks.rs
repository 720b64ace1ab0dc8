//! How loud a recording is: the peaks of short stretches, gathered in bounded memory whatever its length. Pure.

use chat_protocol::limits::WAVEFORM_PEAKS;

/// Stretches that are kept; when there are more, each two become one.
const MAX_STRETCHES: usize = 4096;
/// Stretches of a second, at first.
const STRETCHES_PER_SECOND: u32 = 100;
/// What is quieter than this, of 1, is silence.
const SILENCE: f32 = 0.001;

/// The loudness so far.
pub(super) struct Peaks {
    stretches: Vec<f32>,
    /// How many frames make a stretch.
    length: usize,
    /// How many the unfinished one has, and its peak.
    filled: usize,
    peak: f32,
    is_known: bool,
}

impl Peaks {
    pub(super) fn new(rate: u32) -> Self {
        let length = usize::try_from(rate / STRETCHES_PER_SECOND).unwrap_or(usize::MAX).max(1);
        Self { stretches: Vec::new(), length, filled: 0, peak: 0.0, is_known: true }
    }

    /// Takes the next frames: one sample of each channel in turn.
    pub(super) fn hear(&mut self, samples: &[f32], channels: usize) {
        for frame in samples.chunks(channels.max(1)) {
            let loudest = frame.iter().map(|sample| sample.abs()).filter(|level| level.is_finite()).fold(0.0, f32::max);
            self.peak = self.peak.max(loudest);
            self.filled += 1;
            if self.filled == self.length {
                self.end_stretch();
            }
        }
    }

    fn end_stretch(&mut self) {
        self.stretches.push(std::mem::take(&mut self.peak));
        self.filled = 0;
        if self.stretches.len() == MAX_STRETCHES {
            self.stretches = self.stretches.chunks(2).map(|pair| pair.iter().copied().fold(0.0, f32::max)).collect();
            self.length = self.length.saturating_mul(2);
        }
    }

    /// It will not be heard to its end.
    pub(super) fn forget(&mut self) {
        self.is_known = false;
    }

    /// The waveform, of which the loudest value is 100. None if nothing was heard.
    pub(super) fn finish(mut self) -> Option<Vec<u8>> {
        if self.filled > 0 {
            self.end_stretch();
        }
        if !self.is_known || self.stretches.is_empty() {
            return None;
        }
        let loudest = self.stretches.iter().copied().fold(SILENCE, f32::max);
        let count = self.stretches.len();
        let value = |number: usize| {
            let begin = number * count / WAVEFORM_PEAKS;
            let end = ((number + 1) * count / WAVEFORM_PEAKS).max(begin + 1);
            let peak = self.stretches[begin..end.min(count)].iter().copied().fold(0.0, f32::max);
            percent(peak / loudest)
        };
        Some((0..WAVEFORM_PEAKS).map(value).collect())
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100 before")]
fn percent(share: f32) -> u8 {
    (share * 100.0).round().clamp(0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waveform(samples: impl Iterator<Item = f32>, rate: u32) -> Option<Vec<u8>> {
        let mut peaks = Peaks::new(rate);
        let samples: Vec<f32> = samples.collect();
        samples.chunks(1000).for_each(|some| peaks.hear(some, 1));
        peaks.finish()
    }

    #[test]
    fn loudest_is_100_and_silence_is_0() {
        let ramp = waveform((0_u16..64_000).map(|n| -f32::from(n) / 128_000.0), 8000).unwrap();
        assert_eq!((ramp.len(), ramp[63]), (64, 100));
        assert!(ramp.is_sorted() && ramp[0] < 3 && ramp[32].abs_diff(51) < 3, "{ramp:?}");
        assert_eq!(waveform((0..1000).map(|_| 0.0), 8000).unwrap(), [0; 64]);
        assert_eq!(waveform(std::iter::empty(), 8000), None);
    }

    #[test]
    fn memory_does_not_grow_with_the_length() {
        let mut peaks = Peaks::new(100);
        for _ in 0..1000 {
            peaks.hear(&[0.5; 1000], 1);
            assert!(peaks.stretches.len() < MAX_STRETCHES && peaks.stretches.capacity() <= MAX_STRETCHES * 2);
        }
        assert_eq!(peaks.finish().unwrap(), [100; 64]);
    }

    #[test]
    fn short_sounds_and_odd_samples_have_64_values_too() {
        assert_eq!(waveform([0.2, -0.4].into_iter(), 1).unwrap().len(), 64);
        assert_eq!(waveform([f32::NAN, f32::INFINITY, 0.4].into_iter(), 48_000).unwrap(), [100; 64]);
    }
}
