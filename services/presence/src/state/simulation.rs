//! Chance against the state: people come and go on several gateways, gateways and instances die and return, updates get
//! lost. When the faults end, the watcher must see the truth; and without faults it must never have been misled.

use std::collections::BTreeMap;

use chat_protocol::presence::ChosenStatus;
use proptest::prelude::*;

use super::world::{TIMING, World, user};
use super::*;

const PEOPLE: i64 = 4;
const GATEWAYS: u8 = 3;
const INSTANCES: u8 = 2;

#[derive(Debug, Clone)]
enum Step {
    Open(u8, i64),
    Close(u8, i64),
    Choose(i64, ChosenStatus),
    Wait(u64),
    KillGateway(u8),
    StopGateway(u8),
    StartGateway(u8),
    Cut(u8, u8),
    Mend(u8, u8),
    Mute(u8, u8),
    Unmute(u8, u8),
    Stall(u8),
    Wake(u8),
    KillInstance(u8),
    StartInstance(u8),
    StartOver(u8),
}

fn status() -> impl Strategy<Value = ChosenStatus> {
    prop_oneof![Just(ChosenStatus::Online), Just(ChosenStatus::Away), Just(ChosenStatus::Invisible)]
}

fn peaceful_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..GATEWAYS, 1..=PEOPLE).prop_map(|(gateway, id)| Step::Open(gateway, id)),
        4 => (0..GATEWAYS, 1..=PEOPLE).prop_map(|(gateway, id)| Step::Close(gateway, id)),
        1 => (1..=PEOPLE, status()).prop_map(|(id, status)| Step::Choose(id, status)),
        4 => (0..80_u64).prop_map(|tenths| Step::Wait(tenths * 100)),
    ]
}

fn faulty_step() -> impl Strategy<Value = Step> {
    let link = || (0..GATEWAYS, 0..INSTANCES);
    prop_oneof![
        10 => peaceful_step(),
        1 => (0..GATEWAYS).prop_map(Step::KillGateway),
        1 => (0..GATEWAYS).prop_map(Step::StopGateway),
        2 => (0..GATEWAYS).prop_map(Step::StartGateway),
        2 => link().prop_map(|(gateway, instance)| Step::Cut(gateway, instance)),
        2 => link().prop_map(|(gateway, instance)| Step::Mend(gateway, instance)),
        1 => (0..INSTANCES, 0..INSTANCES).prop_map(|(from, to)| Step::Mute(from, to)),
        1 => (0..INSTANCES, 0..INSTANCES).prop_map(|(from, to)| Step::Unmute(from, to)),
        1 => (0..INSTANCES).prop_map(Step::Stall),
        1 => (0..INSTANCES).prop_map(Step::Wake),
        1 => (0..INSTANCES).prop_map(Step::KillInstance),
        2 => (0..INSTANCES).prop_map(Step::StartInstance),
        1 => (0..INSTANCES).prop_map(Step::StartOver),
    ]
}

/// The world and what is true in it.
struct Trial {
    world: World,
    alive: BTreeMap<u8, BTreeMap<i64, u32>>,
    chosen: BTreeMap<i64, (ChosenStatus, i64)>,
    /// Since when nobody has held the person, and until when.
    absences: Vec<(i64, Duration, Duration)>,
    absent_since: BTreeMap<i64, Duration>,
}

impl Trial {
    fn new() -> Self {
        Self {
            // Clocks differ by less than the grace.
            world: World::settled_with_clocks(GATEWAYS, INSTANCES, &[0, 1500, -1500]),
            alive: (0..GATEWAYS).map(|gateway| (gateway, BTreeMap::new())).collect(),
            chosen: (1..=PEOPLE).map(|id| (id, (ChosenStatus::Online, 0))).collect(),
            absences: Vec::new(),
            absent_since: (1..=PEOPLE).map(|id| (id, Duration::ZERO)).collect(),
        }
    }

    fn take_all(&mut self, steps: &[Step]) {
        for step in steps {
            self.take(step);
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Open(gateway, id) => self.open(gateway, id),
            Step::Close(gateway, id) => self.close(gateway, id),
            Step::Choose(id, status) => self.choose(id, status),
            Step::Wait(millis) => self.world.run(Duration::from_millis(millis)),
            Step::KillGateway(gateway) => {
                self.world.kill_gateway(gateway);
                self.alive.remove(&gateway);
            }
            Step::StopGateway(gateway) => {
                self.world.stop_gateway(gateway);
                self.alive.remove(&gateway);
            }
            Step::StartGateway(gateway) if !self.alive.contains_key(&gateway) => {
                // No two lives of a gateway begin in one microsecond.
                self.world.run(Duration::from_millis(100));
                self.world.start_gateway(gateway);
                self.alive.insert(gateway, BTreeMap::new());
            }
            Step::StartGateway(_) => {}
            Step::Cut(gateway, instance) => drop(self.world.cut.insert((gateway, instance))),
            Step::Mend(gateway, instance) => drop(self.world.cut.remove(&(gateway, instance))),
            Step::Mute(from, to) => drop(self.world.unheard.insert((from, to))),
            Step::Unmute(from, to) => drop(self.world.unheard.remove(&(from, to))),
            Step::Stall(instance) => drop(self.world.stalled.insert(instance)),
            Step::Wake(instance) => self.wake(instance),
            Step::KillInstance(instance) => drop(self.world.instances.remove(&instance)),
            Step::StartInstance(instance) => self.start_instance(instance),
            Step::StartOver(instance) => self.start_over(instance),
        }
    }

    fn open(&mut self, gateway: u8, id: i64) {
        let Some(held) = self.alive.get_mut(&gateway) else { return };
        *held.entry(id).or_default() += 1;
        let (status, version) = self.chosen[&id];
        self.world.open_as(gateway, id, status, version);
        if let Some(since) = self.absent_since.remove(&id) {
            self.absences.push((id, since, self.world.now));
        }
    }

    fn close(&mut self, gateway: u8, id: i64) {
        let Some(sockets) = self.alive.get_mut(&gateway).and_then(|held| held.get_mut(&id)) else { return };
        *sockets -= 1;
        if *sockets == 0 {
            self.alive.entry(gateway).and_modify(|held| held.retain(|held_id, _| *held_id != id));
        }
        self.world.close(gateway, id);
        if !self.is_held(id) {
            self.absent_since.insert(id, self.world.now);
        }
    }

    /// Every gateway that lives hears of a choice.
    fn choose(&mut self, id: i64, status: ChosenStatus) {
        let version = self.chosen[&id].1 + 1;
        self.chosen.insert(id, (status, version));
        (0..GATEWAYS).for_each(|gateway| self.world.choose(gateway, id, status, version));
    }

    fn start_over(&mut self, instance: u8) {
        let now = self.world.now;
        self.world.instances.entry(instance).and_modify(|state| state.start_over(now));
    }

    /// An instance notices that it stood still, starts over, and then reads what has piled up.
    fn wake(&mut self, instance: u8) {
        if self.world.stalled.contains(&instance) {
            self.start_over(instance);
            self.world.wake_instance(instance);
        }
    }

    fn start_instance(&mut self, instance: u8) {
        if !self.world.instances.contains_key(&instance) {
            self.world.start_instance(instance);
        }
    }

    fn is_held(&self, id: i64) -> bool {
        self.alive.values().any(|held| held.contains_key(&id))
    }

    fn truth(&self, id: i64) -> PresenceStatus {
        if self.is_held(id) { self.chosen[&id].0.into() } else { PresenceStatus::Offline }
    }

    /// Ends all faults and waits until everything must have healed.
    fn heal(&mut self) {
        self.world.cut.clear();
        self.world.unheard.clear();
        (0..INSTANCES).for_each(|instance| self.wake(instance));
        (0..INSTANCES).for_each(|instance| self.start_instance(instance));
        self.world.run_secs(100);
    }

    fn assert_truth(&self) -> Result<(), TestCaseError> {
        for id in 1..=PEOPLE {
            let truth = self.truth(id);
            prop_assert_eq!(self.world.seen(id), truth, "the watcher's view of {}", id);
            for (instance, state) in &self.world.instances {
                let known = state.snapshot(&[user(id)]);
                let status = known.map(|rows| rows.first().map_or(PresenceStatus::Offline, |row| row.status));
                prop_assert_eq!(status, Some(truth), "instance {}'s view of {}", instance, id);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn after_any_faults_everyone_sees_the_truth(steps in prop::collection::vec(faulty_step(), 1..60)) {
        let mut trial = Trial::new();
        trial.take_all(&steps);
        trial.heal();
        trial.assert_truth()?;
        let (statements, frames) = (trial.world.statements, trial.world.frames.len());
        trial.world.run_secs(120);
        prop_assert_eq!(trial.world.statements, statements, "nothing is said when nothing happens");
        prop_assert_eq!(trial.world.frames.len(), frames);
    }

    #[test]
    fn without_faults_nobody_is_misled(steps in prop::collection::vec(peaceful_step(), 1..60)) {
        let mut trial = Trial::new();
        let visible_all_the_time = !steps.iter().any(|step| matches!(step, Step::Choose(..)));
        trial.take_all(&steps);
        trial.world.run_secs(20);
        trial.assert_truth()?;
        prop_assert_eq!(trial.world.repeats, 0, "each change is said once");
        let offline = trial.world.frames.iter().filter(|frame| frame.status == PresenceStatus::Offline);
        for frame in offline.filter(|_| visible_all_the_time) {
            let absent_since = trial.absent_since.get(&frame.user);
            let in_past = trial.absences.iter().any(|(id, since, until)| {
                *id == frame.user && *since + TIMING.grace <= frame.at && frame.at <= *until + Duration::from_secs(1)
            });
            let in_present = absent_since.is_some_and(|since| *since + TIMING.grace <= frame.at);
            prop_assert!(in_past || in_present, "{:?} was not absent for the grace", frame);
        }
    }
}
