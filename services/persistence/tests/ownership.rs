//! Workers that claim, stall, wake up and store in any order, against a model of the partition rows: every command is
//! stored once, in the order of the stream, whoever thinks that it owns what.

use chat_persistence::batch::{self, Incoming};
use chat_persistence::lane::Lane;
use chat_persistence::ownership::plan;
use chat_protocol::ids::CommandId;
use chat_protocol::partition::{PARTITIONS, Partition};
use chat_store::apply::Fence;
use chat_store::partitions::{OwnedPartition, Tenure};
use proptest::prelude::*;

const LEASE: u64 = 20;
const WORKERS: usize = 3;

#[derive(Clone)]
struct Row {
    owner: Option<usize>,
    epoch: i64,
    lease_until: u64,
    stored_pos: i64,
}

/// The table `partitions`, and what was stored.
struct Model {
    now: u64,
    rows: Vec<Row>,
    seen_at: [Option<u64>; WORKERS],
    stream: Vec<Incoming>,
    stored: Vec<Vec<i64>>,
}

impl Model {
    fn new() -> Self {
        let row = Row { owner: None, epoch: 0, lease_until: 0, stored_pos: 0 };
        let partitions = usize::from(PARTITIONS);
        Self {
            now: 1,
            rows: vec![row; partitions],
            seen_at: [None; WORKERS],
            stream: Vec::new(),
            stored: vec![Vec::new(); partitions],
        }
    }

    fn tenures(&self) -> Vec<Tenure> {
        let tenure = |(partition, row): (Partition, &Row)| Tenure {
            partition,
            owner: row.owner.filter(|_| row.lease_until > self.now).map(name),
        };
        Partition::all().zip(&self.rows).map(tenure).collect()
    }

    /// What a worker does each time it looks: say that it lives, give up, claim, renew. Returns what it then owns.
    fn look(&mut self, worker: usize) -> Lane {
        self.seen_at[worker] = Some(self.now);
        let is_live = |seen: &&Option<u64>| seen.is_some_and(|seen| self.now - seen < LEASE);
        let live = i64::try_from(self.seen_at.iter().filter(is_live).count()).expect("few workers");
        let plan = plan(&self.tenures(), &name(worker), live);
        for partition in plan.release {
            self.rows[usize::from(partition.get())].owner = None;
        }
        for partition in plan.claim {
            let row = &mut self.rows[usize::from(partition.get())];
            row.owner = Some(worker);
            row.epoch += 1;
            row.lease_until = self.now + LEASE;
        }
        let mut owned = Vec::new();
        for (partition, row) in Partition::all().zip(&mut self.rows).filter(|(_, row)| row.owner == Some(worker)) {
            row.lease_until = self.now + LEASE;
            owned.push(OwnedPartition {
                partition,
                epoch: row.epoch,
                incarnation: 1,
                stored_pos: row.stored_pos,
                stored_command: None,
                published_pos: row.stored_pos,
                attempts: 0,
                suspect: None,
            });
        }
        Lane::new(1, owned)
    }

    /// The compare-and-set of the storing statement.
    fn store(&mut self, worker: usize, incoming: &[Incoming], fences: &[Fence]) -> bool {
        let holds = |fence: &Fence| {
            let row = &self.rows[usize::from(fence.partition.get())];
            row.owner == Some(worker) && row.epoch == fence.epoch && row.stored_pos == fence.from_pos
        };
        if !fences.iter().all(holds) {
            return false;
        }
        for fence in fences {
            let partition = usize::from(fence.partition.get());
            self.rows[partition].stored_pos = fence.to_pos;
            let of_fence = |message: &&Incoming| {
                message.partition == fence.partition && message.pos > fence.from_pos && message.pos <= fence.to_pos
            };
            self.stored[partition].extend(incoming.iter().filter(of_fence).map(|message| message.pos));
        }
        true
    }
}

fn name(worker: usize) -> String {
    format!("worker-{worker}")
}

#[derive(Debug, Clone)]
enum Step {
    Append { partition: u8 },
    Wait { time: u64 },
    Look { worker: usize },
    Store { worker: usize, max: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PARTITIONS).prop_map(|partition| Step::Append { partition }),
        1 => (1..LEASE * 2).prop_map(|time| Step::Wait { time }),
        2 => (0..WORKERS).prop_map(|worker| Step::Look { worker }),
        3 => ((0..WORKERS), 1_usize..6).prop_map(|(worker, max)| Step::Store { worker, max }),
    ]
}

proptest! {
    #[test]
    fn every_command_is_stored_once_and_in_order(steps in proptest::collection::vec(step(), 1..400)) {
        let mut model = Model::new();
        let mut lanes: Vec<Lane> = (0..WORKERS).map(|_| Lane::new(1, [])).collect();
        for step in steps {
            match step {
                Step::Append { partition } => {
                    let pos = i64::try_from(model.stream.len()).unwrap() + 1;
                    let partition = Partition::new(partition).unwrap();
                    model.stream.push(Incoming { partition, pos, command_id: Some(CommandId::generate()), incarnation: None, command: None });
                }
                Step::Wait { time } => model.now += time,
                Step::Look { worker } => lanes[worker] = model.look(worker),
                // A worker that has slept acts on what it knew before.
                Step::Store { worker, max } => {
                    let lane = &mut lanes[worker];
                    let is_new = |message: &&Incoming| {
                        lane.get(message.partition).is_some_and(|owned| owned.stored_pos < message.pos)
                    };
                    let incoming: Vec<_> = model.stream.iter().filter(is_new).take(max).cloned().collect();
                    let fences = batch::build(&incoming, lane).fences;
                    if model.store(worker, &incoming, &fences) {
                        lane.moved(&fences);
                    }
                }
            }
        }
        // In the end one worker gets everything and catches up.
        model.now += LEASE * 2;
        let lane = model.look(0);
        prop_assert_eq!(lane.partitions().len(), usize::from(PARTITIONS));
        let incoming = model.stream.clone();
        let fences = batch::build(&incoming, &lane).fences;
        prop_assert!(model.store(0, &incoming, &fences));
        for (partition, stored) in Partition::all().zip(&model.stored) {
            let expected: Vec<_> =
                model.stream.iter().filter(|message| message.partition == partition).map(|message| message.pos).collect();
            prop_assert_eq!(stored, &expected, "partition {}", partition.get());
        }
    }
}
