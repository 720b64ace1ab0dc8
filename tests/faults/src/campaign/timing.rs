//! How long things took, from a history. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::outcome::Series;
use crate::history::{Answer, Event, Line, Request};

/// The width of a step of the page's curves.
pub const STEP: Duration = Duration::from_millis(500);

/// A message with its answer.
#[derive(Debug, Clone, Copy)]
struct Answered {
    conv: Uuid,
    sent_ns: u64,
    done_ns: u64,
}

/// The times of a run.
#[derive(Debug)]
pub struct Times<'a> {
    lines: &'a [Line],
    answered: Vec<Answered>,
}

impl<'a> Times<'a> {
    /// Of this history.
    #[must_use]
    pub fn of(lines: &'a [Line]) -> Self {
        let sent: HashMap<u64, (Uuid, u64)> = lines.iter().filter_map(sent).collect();
        let answered = lines.iter().filter_map(|line| {
            let Event::Ok(Answer::Sent { .. }) = line.event else { return None };
            let (conv, sent_ns) = *sent.get(&line.op_id?)?;
            Some(Answered { conv, sent_ns, done_ns: line.t_ns })
        });
        Self { lines, answered: answered.collect() }
    }

    /// Until a message sent afterwards was answered, in the slowest of these conversations.
    #[must_use]
    pub fn sends_after(&self, at_ns: u64, conversations: &[Uuid]) -> Option<Duration> {
        let first = |conv: &Uuid| {
            let later = self.answered.iter().filter(|one| one.conv == *conv && one.sent_ns > at_ns);
            later.map(|one| one.done_ns - at_ns).min()
        };
        let all: Option<Vec<u64>> = conversations.iter().map(first).collect();
        all?.into_iter().max().map(Duration::from_nanos)
    }

    /// The longest time without an answer in any of these conversations, between these two moments.
    #[must_use]
    pub fn longest_silence(&self, from_ns: u64, to_ns: u64, conversations: &[Uuid]) -> Duration {
        let silence = |conv: &Uuid| {
            let within = self.answered.iter().filter(|one| one.conv == *conv).map(|one| one.done_ns);
            let mut times: Vec<u64> = within.filter(|time| (from_ns..to_ns).contains(time)).collect();
            times.extend([from_ns, to_ns]);
            times.sort_unstable();
            times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
        };
        Duration::from_nanos(conversations.iter().map(silence).max().unwrap_or_default())
    }

    /// Until the devices that lost a socket on this gateway had another with everything that they had missed: 99 of 100.
    #[must_use]
    pub fn clients_back(&self, at_ns: u64, gateway: usize) -> Option<Duration> {
        type Place = (Option<u64>, Option<u32>, Uuid);
        let mut sockets: HashMap<u64, (Place, usize)> = HashMap::new();
        let mut away: HashSet<Place> = HashSet::new();
        let mut times = Vec::new();
        for line in self.lines {
            let Some(conn) = line.conn else { continue };
            match &line.event {
                Event::Invoke(Request::Connect { conv, gateway, .. }) => {
                    sockets.insert(conn, ((line.user, line.dev, *conv), *gateway));
                }
                Event::Closed { .. } if line.t_ns >= at_ns => {
                    let lost = sockets.get(&conn).filter(|(_, on)| *on == gateway);
                    // Only the end that the fault brought counts.
                    if let Some((place, _)) = lost.filter(|_| line.t_ns - at_ns < 2_000_000_000) {
                        away.insert(*place);
                    }
                }
                Event::Ok(Answer::Resumed { .. }) => {
                    let back = sockets.get(&conn).filter(|(place, _)| away.remove(place));
                    times.extend(back.map(|_| line.t_ns - at_ns));
                }
                _ => {}
            }
        }
        times.sort_unstable();
        percentile(&times, 99).map(Duration::from_nanos)
    }

    /// What the page draws.
    #[must_use]
    pub fn series(&self) -> Series {
        let step = u64::try_from(STEP.as_nanos()).unwrap_or(u64::MAX);
        let mut steps: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for one in &self.answered {
            let place = usize::try_from(one.done_ns / step).unwrap_or(usize::MAX);
            steps.entry(place).or_default().push((one.done_ns - one.sent_ns) / 1_000_000);
        }
        let length = steps.keys().last().map_or(0, |last| last + 1);
        let mut series = Series::default();
        for place in 0..length {
            let mut latencies = steps.remove(&place).unwrap_or_default();
            latencies.sort_unstable();
            series.acks.push(latencies.len());
            series.p50_ms.push(percentile(&latencies, 50));
            series.p99_ms.push(percentile(&latencies, 99));
        }
        series
    }
}

fn sent(line: &Line) -> Option<(u64, (Uuid, u64))> {
    match &line.event {
        Event::Invoke(Request::Send { conv, .. }) => Some((line.op_id?, (*conv, line.t_ns))),
        _ => None,
    }
}

/// Of sorted numbers.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Over, Proc};

    const CONV: Uuid = Uuid::from_u128(1);

    fn line(t_ms: u64, op: u64, event: Event) -> Line {
        Line {
            t_ns: t_ms * 1_000_000,
            proc: Proc::People,
            user: Some(1),
            dev: Some(0),
            conn: Some(1),
            op_id: Some(op),
            event,
        }
    }

    fn message(op: u64, sent_ms: u64, answered_ms: u64) -> [Line; 2] {
        let asked = Request::Send { conv: CONV, client_id: None, sha256: String::new(), over: Over::Ws };
        let told = Answer::Sent { conv: CONV, id: Uuid::nil(), seq: 1, is_new: None };
        [line(sent_ms, op, Event::Invoke(asked)), line(answered_ms, op, Event::Ok(told))]
    }

    #[test]
    fn outage_is_measured() {
        let lines: Vec<Line> = [message(1, 0, 10), message(2, 20, 2_500), message(3, 1_000, 2_600)].concat();
        let times = Times::of(&lines);
        assert_eq!(times.sends_after(500_000_000, &[CONV]), Some(Duration::from_millis(2_100)));
        assert_eq!(times.sends_after(1_500_000_000, &[CONV]), None);
        assert_eq!(times.longest_silence(0, 3_000_000_000, &[CONV]), Duration::from_millis(2_490));
        assert_eq!(times.series().acks, [1, 0, 0, 0, 0, 2]);
    }

    #[test]
    fn coming_back_is_measured() {
        let connect = |gateway| Event::Invoke(Request::Connect { conv: CONV, gateway, waits: false });
        let on = |conn, line: Line| Line { conn: Some(conn), ..line };
        let closed = Event::Closed { code: None, reason: String::new() };
        let lines = [
            on(1, line(0, 1, connect(0))),
            on(1, line(100, 0, closed)),
            on(2, line(200, 2, connect(1))),
            on(2, line(900, 3, Event::Ok(Answer::Resumed { last_seq: 1 }))),
        ];
        assert_eq!(Times::of(&lines).clients_back(100_000_000, 0), Some(Duration::from_millis(800)));
        assert_eq!(Times::of(&lines).clients_back(100_000_000, 1), None);
    }
}
