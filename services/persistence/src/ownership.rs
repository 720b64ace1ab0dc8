//! Who should own which partitions: each live worker its share. Pure.

use chat_protocol::partition::{PARTITIONS, Partition};
use chat_store::partitions::Tenure;

/// What a worker should do about its share.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Free partitions to take.
    pub claim: Vec<Partition>,
    /// Own partitions to hand over.
    pub release: Vec<Partition>,
}

/// Plans for `me` among `live` workers (itself included): up to ⌈64 / live⌉ partitions each.
#[must_use]
pub fn plan(tenures: &[Tenure], me: &str, live: i64) -> Plan {
    let live = usize::try_from(live).unwrap_or(1).max(1);
    let share = usize::from(PARTITIONS).div_ceil(live);
    let mine: Vec<_> = of(tenures, |owner| owner == Some(me)).collect();
    if mine.len() >= share {
        return Plan { claim: Vec::new(), release: mine[share..].to_vec() };
    }
    // Another start for each worker, so that two that start together seldom reach for the same ones.
    let free: Vec<_> = of(tenures, |owner| owner.is_none()).collect();
    let start = me.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let offset = start % free.len().max(1);
    let claim = free.iter().cycle().skip(offset).take(free.len().min(share - mine.len())).copied().collect();
    Plan { claim, release: Vec::new() }
}

fn of<'a>(tenures: &'a [Tenure], wanted: impl Fn(Option<&str>) -> bool + 'a) -> impl Iterator<Item = Partition> + 'a {
    tenures.iter().filter(move |tenure| wanted(tenure.owner.as_deref())).map(|tenure| tenure.partition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(tenures: &mut [Tenure], me: &str, plan: &Plan) {
        for tenure in tenures {
            if plan.claim.contains(&tenure.partition) && tenure.owner.is_none() {
                tenure.owner = Some(me.to_owned());
            }
            if plan.release.contains(&tenure.partition) {
                tenure.owner = None;
            }
        }
    }

    fn free() -> Vec<Tenure> {
        Partition::all().map(|partition| Tenure { partition, owner: None }).collect()
    }

    #[test]
    fn a_lone_worker_takes_everything() {
        let plan = plan(&free(), "a", 1);
        assert_eq!((plan.claim.len(), plan.release.len()), (64, 0));
    }

    #[test]
    fn shares_settle_within_a_few_rounds_and_then_rest() {
        for workers in 1_i64..=9 {
            let names: Vec<String> = (0..workers).map(|n| format!("w{n}")).collect();
            let mut tenures = free();
            let first = plan(&tenures, "w0", 1);
            apply(&mut tenures, "w0", &first);
            for _ in 0..3 {
                for name in &names {
                    let next = plan(&tenures, name, workers);
                    apply(&mut tenures, name, &next);
                }
            }
            assert!(tenures.iter().all(|tenure| tenure.owner.is_some()), "{workers} workers leave some free");
            let share = usize::try_from((64 + workers - 1) / workers).unwrap();
            for name in &names {
                assert!(of(&tenures, |owner| owner == Some(name)).count() <= share);
                assert_eq!(plan(&tenures, name, workers), Plan::default());
            }
        }
    }

    #[test]
    fn nothing_of_a_live_owner_is_claimed() {
        let mut tenures = free();
        let first = plan(&tenures, "a", 2);
        apply(&mut tenures, "a", &first);
        let plan = plan(&tenures, "b", 2);
        assert!(plan.claim.iter().all(|one| tenures[usize::from(one.get())].owner.is_none()));
        assert_eq!(plan.claim.len(), 32);
    }
}
