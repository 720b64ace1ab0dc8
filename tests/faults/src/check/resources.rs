//! I17: no process takes more memory than its cap, and at the end none has more files and sockets open than at the beginning.

use super::index::Index;
use super::{Invariant, Violation};

/// The most memory that any process may hold, KiB.
const CAP_KIB: u64 = 1024 * 1024;
/// What may be open at the end beyond what was at the beginning: a twentieth, and pools that have grown.
const SLACK_FILES: u64 = 48;

pub fn check(index: &Index<'_>) -> Vec<Violation> {
    let wrong = |detail| Violation { invariant: Invariant::Resources, conv: None, detail };
    let mut found = Vec::new();
    for (process, samples) in &index.measured {
        if let Some((rss_kib, _)) = samples.iter().max().filter(|(rss_kib, _)| *rss_kib > CAP_KIB) {
            found.push(wrong(format!("{process} held {rss_kib} KiB")));
        }
        if let (Some((_, before)), Some((_, after))) = (samples.first(), samples.last())
            && *after > before + before / 20 + SLACK_FILES
        {
            found.push(wrong(format!("{process} began with {before} open files and ended with {after}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::check::Invariant::Resources;
    use crate::check::story::Story;
    use crate::history::Event;

    fn measured(samples: &[(u64, u64)]) -> Story {
        let mut story = Story::good();
        for (rss_kib, files) in samples {
            story.strike();
            let measured = Event::Measured { process: "api-1".into(), rss_kib: *rss_kib, files: *files };
            story.lines.last_mut().unwrap().event = measured;
        }
        story
    }

    #[test]
    fn process_that_grows_beyond_its_cap_is_found() {
        assert_eq!(measured(&[(100_000, 40), (900_000, 900), (200_000, 60)]).broken(), []);
        assert!(measured(&[(100_000, 40), (1_100_000, 40), (200_000, 40)]).breaks(Resources));
    }

    #[test]
    fn files_that_are_never_closed_are_found() {
        assert!(measured(&[(100_000, 40), (100_000, 400)]).breaks(Resources));
    }
}
