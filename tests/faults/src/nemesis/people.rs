//! People who stop reading, clocks that jump, and a store of attachments that is gone.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use chat_stack::{Process, Service};
use rand::rngs::StdRng;

use super::{Bite, Blow, Victim, everywhere, find};
use crate::client::clock;
use crate::people::{Order, SeatHandle};
use crate::runner::Arena;

/// How long nothing is read, and how long a clock is wrong.
const SPAN: Duration = Duration::from_secs(6);
/// A clock that is ahead by more, or behind by more, has jumped. One that went back shows by standing still: the date that a service
/// answers with is kept until its clock has passed it.
const JUMPED: std::ops::RangeInclusive<i64> = -3..=600;

/// Every second seat reads nothing for a while.
pub async fn stop_reading(arena: &Arena) -> Result<Blow> {
    let held: Vec<&SeatHandle> = arena.seats().iter().step_by(2).collect();
    let at_ns = arena.recorder().note_nemesis("stop reading", &format!("{} seats", held.len()));
    tell(&held, Order::Hold);
    arena.load_for(SPAN).await;
    let newest = arena.seats().iter().map(|seat| seat.standing().position).max().unwrap_or_default();
    let behind = held.iter().filter(|seat| seat.standing().position < newest).count();
    tell(&held, Order::Release);
    let bite = Bite::when(behind > 0, format!("{behind} of {} seats were behind", held.len()));
    Ok(Blow { at_ns, bite, scope: everywhere(arena) })
}

fn tell(seats: &[&SeatHandle], order: Order) {
    for seat in seats {
        seat.tell(order);
    }
}

/// The clock of one process jumps, and later back.
pub async fn jump_clock(arena: &Arena, victim: Victim, seconds: i64, rng: &mut StdRng) -> Result<Blow> {
    let process = find(arena, victim, rng).await?;
    let clocks = arena.site().clocks.as_ref().context("there are no clocks to set")?;
    let at_ns = arena.recorder().note_nemesis(&format!("{seconds:+} s"), process.name());
    clocks.jump(process.name(), seconds)?;
    let mut off = 0;
    let jumped = async || {
        off = seconds_off(arena, process).await?;
        Ok(!JUMPED.contains(&off))
    };
    arena.until("the clock has jumped", jumped).await?;
    arena.load_for(SPAN).await;
    Ok(Blow { at_ns, bite: Bite::when(true, format!("{} was {off} s off", process.name())), scope: everywhere(arena) })
}

async fn seconds_off(arena: &Arena, process: &Process) -> Result<i64> {
    let all = Service::ALL.into_iter().flat_map(|service| arena.stack().instances(service));
    let there = match all.into_iter().find(|instance| instance.process.name() == process.name()) {
        Some(instance) => clock(&instance.ops_url).await?,
        None => {
            sqlx::query_scalar("select extract(epoch from clock_timestamp())::bigint")
                .fetch_one(arena.database())
                .await?
        }
    };
    let here = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock here is before 1970")?;
    Ok(there - i64::try_from(here.as_secs()).unwrap_or(i64::MAX))
}

/// The folder of attachments is gone for a while: uploads fail with a code, everything else goes on.
pub async fn take_objects_away(arena: &Arena) -> Result<Blow> {
    let store = arena.stack().options().data_dir.join("attachments");
    let away = store.with_extension("away");
    let at_ns = arena.recorder().note_nemesis("away", "attachments");
    fs::rename(&store, &away).context("the attachments cannot be moved away")?;
    fs::write(&store, "").context("their place cannot be blocked")?;
    let person = arena.people().first().context("nobody there")?;
    let during = arena.doors().api.upload(person).await;
    arena.load_for(SPAN).await;
    fs::remove_file(&store).and_then(|()| fs::rename(&away, &store)).context("the attachments cannot be put back")?;
    let (during, after) = (during?, arena.doors().api.upload(person).await?);
    let bit = during.as_u16() == 503 && after.is_success();
    let bite = Bite::when(bit, format!("an upload was answered {during}, later {after}"));
    Ok(Blow { at_ns, bite, scope: everywhere(arena) })
}
