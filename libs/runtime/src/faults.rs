//! Points at which tests make a service fail, or behave wrongly on purpose. Without the feature `faults`, which only the
//! tests' build has, nothing of this is there: [`on`] is a constant `false`.
//!
//! `FAILPOINTS` says what happens, in the syntax of the crate `fail`: `storing.after_commit=20*off->1*return`.

/// Whether the point is switched on at this moment. Asking counts as passing it.
#[cfg(feature = "faults")]
#[must_use]
pub fn on(point: &'static str) -> bool {
    fail::fail_point!(point, |_| true);
    false
}

/// Whether the point is switched on at this moment.
#[cfg(not(feature = "faults"))]
#[must_use]
pub const fn on(_point: &'static str) -> bool {
    false
}

/// Ends the process at once, as `kill -9` would, if the point is switched on.
#[inline]
pub fn die_at(point: &'static str) {
    if on(point) {
        std::process::abort();
    }
}

/// Reads `FAILPOINTS`.
#[cfg(feature = "faults")]
pub(crate) fn set_up() {
    // The scenario lasts as long as the process.
    std::mem::forget(fail::FailScenario::setup());
    for (point, actions) in fail::list() {
        tracing::warn!(point, actions, "this build fails on purpose");
    }
}

/// Does nothing in this build.
#[cfg(not(feature = "faults"))]
pub(crate) const fn set_up() {}
