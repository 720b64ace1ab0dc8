//! Adds up the outcomes of runs, of one campaign or of several. Pure.

use std::collections::BTreeMap;

use super::outcome::{FaultOutcome, RunOutcome};
use crate::nemesis::catalogue;

/// So many faults that are missing are named.
const NAMED: usize = 25;

/// The sums, for people.
#[must_use]
pub fn sum(outcomes: &[RunOutcome]) -> String {
    let total = |of: fn(&RunOutcome) -> usize| outcomes.iter().map(of).sum::<usize>();
    let valid = outcomes.iter().filter(|outcome| outcome.is_valid()).count();
    let kept = outcomes.iter().filter(|outcome| outcome.is_kept()).count();
    let mut lines = vec![
        format!("{} runs, {valid} valid, {kept} kept", outcomes.len()),
        format!("{} sends acknowledged of {}", total(|one| one.acked), total(|one| one.sends)),
        format!(
            "{} deliveries, {} sockets, {} resumes",
            total(|one| one.deliveries),
            total(|one| one.sockets),
            total(|one| one.resumes)
        ),
        format!(
            "{} violations, {} deadlines missed, {} faults that could not be injected or healed",
            total(|one| one.violations.len()),
            total(|one| one.late.len()),
            total(|one| one.trouble.len())
        ),
        format!("{:<42} {:>5} {:>5} {:>8} {:>8} {:>9}", "fault", "runs", "bit", "p50 ms", "max ms", "promised"),
    ];
    let mut faults: BTreeMap<&str, Vec<&FaultOutcome>> = BTreeMap::new();
    for fault in outcomes.iter().flat_map(|outcome| &outcome.faults) {
        faults.entry(&fault.fault).or_default().push(fault);
    }
    lines.extend(faults.iter().map(|(name, all)| row(name, all)));
    let missing: Vec<String> =
        catalogue().iter().map(ToString::to_string).filter(|name| !faults.contains_key(name.as_str())).collect();
    match missing.len() {
        0 => lines.push("every fault was injected".to_owned()),
        1..=NAMED => lines.push(format!("not injected: {}", missing.join(", "))),
        more => lines.push(format!("{more} faults of {} were not injected", catalogue().len())),
    }
    let bad = outcomes.iter().filter(|outcome| !outcome.is_kept() || !outcome.is_valid());
    lines.extend(bad.map(|outcome| format!("SEED={} {}", outcome.seed, outcome.line())));
    lines.join("\n")
}

fn row(name: &str, all: &[&FaultOutcome]) -> String {
    let mut times: Vec<u64> = all.iter().filter_map(|fault| fault.took_ms).collect();
    times.sort_unstable();
    let show = |time: Option<&u64>| time.map_or_else(|| "-".to_owned(), ToString::to_string);
    let promised = all.iter().find_map(|fault| fault.promised_ms.as_ref());
    let bit = all.iter().filter(|fault| fault.bit).count();
    let (middle, last) = (show(times.get(times.len() / 2)), show(times.last()));
    format!("{name:<42} {:>5} {bit:>5} {middle:>8} {last:>8} {:>9}", all.len(), show(promised))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_added_up() {
        let outcome = |took_ms, bit| {
            let fault = format!(
                r#"{{"fault":"kill worker","bit":{bit},"evidence":"","at_ms":1,"healed_ms":2,"flows_ms":3,"took_ms":{took_ms},"promised_ms":3000}}"#
            );
            let run = format!(
                r#"{{"seed":1,"run":0,"seconds":1.0,"sends":12,"acked":10,"deliveries":5,"sockets":1,"resumes":1,"violations":[],"late":[],"faults":[{fault}],"trouble":[]}}"#
            );
            serde_json::from_str::<RunOutcome>(&run).unwrap()
        };
        let text = sum(&[outcome(100, true), outcome(900, false)]);
        assert!(text.starts_with("2 runs, 1 valid, 2 kept\n20 sends acknowledged of 24\n"), "{text}");
        let row: Vec<&str> =
            text.lines().find(|line| line.starts_with("kill worker")).unwrap().split_whitespace().collect();
        assert_eq!(row, ["kill", "worker", "2", "1", "900", "900", "3000"]);
    }
}
