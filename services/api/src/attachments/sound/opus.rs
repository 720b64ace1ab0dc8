//! Opus, which the other decoders here do not know. One or two channels, heard as one.

use opus_pure::{OpusDecoder, packet};
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

/// The rate of what is decoded: enough to know how loud it is.
pub(super) const RATE: u16 = 16_000;
/// The rate in which packets count.
const PACKET_RATE: u64 = 48_000;
/// The most channels of one stream.
const MAX_CHANNELS: usize = 2;

/// A track of one stream.
pub(super) struct OpusTrack(OpusDecoder);

impl OpusTrack {
    /// None for more channels than two, or a header that makes no sense.
    pub(super) fn new(parameters: &AudioCodecParameters) -> Option<Self> {
        let header = parameters.extra_data.as_deref().filter(|header| header.starts_with(b"OpusHead"));
        let channels = match header {
            Some(header) => usize::from(*header.get(9)?),
            None => parameters.channels.as_ref()?.count(),
        };
        let decoder = OpusDecoder::new(RATE.into(), 1).ok()?;
        (1..=MAX_CHANNELS).contains(&channels).then_some(Self(decoder))
    }

    /// Decodes a packet into samples of one channel. None if it cannot be decoded.
    pub(super) fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Option<()> {
        let length = packet::samples(&packet.data, RATE.into()).ok()?;
        samples.resize(length, 0.0);
        let decoded = self.0.decode(&packet.data, length, samples).ok()?;
        samples.truncate(decoded);
        Some(())
    }
}

/// How long a packet plays, in the units of its container.
pub(super) fn duration(packet: &Packet, base: TimeBase) -> Option<Duration> {
    let samples = u64::try_from(packet::samples_48k(&packet.data).ok()?).ok()?;
    let units = samples * u64::from(base.denom.get()) / (PACKET_RATE * u64::from(base.numer.get()));
    Some(Duration::from(units))
}
