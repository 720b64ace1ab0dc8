//! Which faults a run has: every fault once, shuffled by the seed, dealt by how long they take; then shuffled again. Pure.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::nemesis::{Abilities, Fault, catalogue};

/// The faults of a campaign.
#[derive(Debug)]
pub struct Deck {
    all: Vec<Fault>,
    left: VecDeque<Fault>,
    rng: StdRng,
}

impl Deck {
    /// Those that this machine can do, that take no more than so many seconds, and whose name contains one of the words, if there are any.
    #[must_use]
    pub fn new(seed: u64, abilities: Abilities, only: &str, longest: u64) -> Self {
        let words: Vec<&str> = only.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        let wanted = |fault: &Fault| {
            let name = fault.to_string();
            words.is_empty() || words.iter().any(|word| name.contains(word))
        };
        let mut all = catalogue();
        all.retain(|fault| can(abilities, fault.needs()) && fault.seconds() <= longest && wanted(fault));
        Self { all, left: VecDeque::new(), rng: StdRng::seed_from_u64(seed) }
    }

    /// The next faults, as many as fit into so many seconds, at least one.
    pub fn deal(&mut self, seconds: u64) -> Vec<Fault> {
        let (mut dealt, mut last, mut used): (Vec<Fault>, Option<Fault>, u64) = (Vec::new(), None, 0);
        while let Some(fault) = self.next() {
            if used > 0 && used + fault.seconds() > seconds {
                self.left.push_front(fault);
                break;
            }
            used += fault.seconds();
            match last {
                None if fault.is_last() => last = Some(fault),
                _ => dealt.push(fault),
            }
        }
        dealt.retain(|fault| !fault.is_last());
        dealt.extend(last);
        dealt
    }

    fn next(&mut self) -> Option<Fault> {
        if self.left.is_empty() {
            let mut shuffled = self.all.clone();
            shuffled.shuffle(&mut self.rng);
            self.left = shuffled.into();
        }
        self.left.pop_front()
    }
}

fn can(abilities: Abilities, needs: Abilities) -> bool {
    (abilities.network || !needs.network) && (abilities.disks || !needs.disks) && (abilities.clocks || !needs.clocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERYTHING: Abilities = Abilities { network: true, disks: true, clocks: true };

    #[test]
    fn same_seed_deals_the_same_faults() {
        let deal = || {
            let mut deck = Deck::new(7, EVERYTHING, "", u64::MAX);
            (0..20).map(|_| deck.deal(40)).collect::<Vec<_>>()
        };
        assert_eq!(deal(), deal());
    }

    #[test]
    fn every_fault_is_dealt_and_a_fail_over_comes_last() {
        let mut deck = Deck::new(3, EVERYTHING, "", u64::MAX);
        let runs: Vec<Vec<Fault>> = (0..80).map(|_| deck.deal(40)).collect();
        for fault in catalogue() {
            assert!(runs.iter().flatten().any(|dealt| *dealt == fault), "{fault}");
        }
        for run in runs {
            assert!(run.iter().rev().skip(1).all(|fault| !fault.is_last()), "{run:?}");
        }
    }

    #[test]
    fn a_machine_without_hosts_gets_no_partitions() {
        let mut deck = Deck::new(3, Abilities::default(), "", u64::MAX);
        assert!((0..80).flat_map(|_| deck.deal(40)).all(|fault| fault.needs() == Abilities::default()));
    }
}
