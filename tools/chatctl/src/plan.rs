//! `chatctl plan`: how many machines so many people need, from what was measured of each unit of work.

mod costs;
mod model;

use clap::Args;
use serde_json::{Map, Value, json};

use self::model::{Load, Machine, Plan as Machines};
use crate::output::Format;

/// `chatctl plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// How many people are connected at the same time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    online: u32,
    /// How many messages all of them send together each second, at the busiest time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    messages_per_second: u32,
    /// How many participants a conversation has; all of them are thought to be connected
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1000))]
    group_size: u32,
    /// Cores of one machine
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=512))]
    cores: u32,
    /// Memory of one machine
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=4096))]
    memory_gb: u32,
    /// How busy a machine may be, in per cent; the rest is for bursts and for the loss of others
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100))]
    busy_percent: u32,
}

impl Plan {
    pub(crate) fn run(&self, output: Format) -> anyhow::Result<()> {
        let load = Load {
            online: self.online.into(),
            messages_per_s: self.messages_per_second.into(),
            group_size: self.group_size.into(),
        };
        let machine = Machine {
            cores: self.cores.into(),
            memory_gb: self.memory_gb.into(),
            busy: f64::from(self.busy_percent) / 100.0,
        };
        let plan = Machines::of(load, machine);
        if output == Format::Table {
            return output.one(&plan);
        }
        let cost = |one: &costs::Cost| {
            let told = json!({ "value": one.value, "unit": one.unit, "source": one.source });
            (one.name.to_lowercase(), told)
        };
        let costs: Map<String, Value> = costs::ALL.iter().map(cost).collect();
        output.one(&json!({ "plan": plan, "unit_costs": costs }))
    }
}
