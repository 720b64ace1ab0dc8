//! How slow a client may be. Whoever is slower holds a place that others wait for. Pure.

use std::time::Duration;

/// For so long nobody looks how fast it goes.
const GRACE: Duration = Duration::from_mins(1);
/// Then it must have been this fast on average, in bytes a second.
const MIN_BYTES_PER_SECOND: u64 = 16 * 1024;
/// However fast it is: attachments on their way are not collected for longer than this.
pub(super) const MAX_TRANSFER: Duration = Duration::from_hours(1);

/// Whether a transfer of so many bytes has taken too long.
pub(super) fn is_too_slow(elapsed: Duration, bytes: u64) -> bool {
    elapsed > MAX_TRANSFER || elapsed > GRACE + Duration::from_secs(bytes / MIN_BYTES_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_clients_have_a_minute_and_then_what_they_earn() {
        let secs = Duration::from_secs;
        assert!(!is_too_slow(secs(60), 0));
        assert!(is_too_slow(secs(61), 0));
        assert!(!is_too_slow(secs(160), 100 * MIN_BYTES_PER_SECOND));
        assert!(is_too_slow(secs(162), 100 * MIN_BYTES_PER_SECOND));
        assert!(is_too_slow(secs(3601), u64::MAX));
    }
}
