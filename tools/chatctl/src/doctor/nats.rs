//! NATS: server, `JetStream`, the streams, and how far the workers are behind.

use std::time::Duration;

use chat_bus::Bus;
use chat_bus::standing::{self, StreamStanding};
use chat_protocol::subjects::{COMMANDS_STREAM, DEAD_LETTERS_STREAM};
use chat_store::operator::standing::partitions;
use chat_store::{Database, within};
use serde_json::Value;

use super::{Doctor, Findings, State};
use crate::settings::connect;
use crate::stream::describe;

const AREA: &str = "nats";
/// The oldest server that keeps what it acknowledges.
const OLDEST: [u64; 3] = [2, 14, 3];
/// What a server of production has to be.
const OLDEST_IN_PRODUCTION: [u64; 3] = [2, 15, 0];
/// The largest event, and some.
const MIN_PAYLOAD: usize = 1_000_000;
/// How many commands may wait.
const MAX_LAG: i64 = 10_000;
const LOOK: Duration = Duration::from_secs(5);

pub(super) async fn check(doctor: &Doctor, findings: &mut Findings) {
    let bus = match connect(&doctor.nats).await {
        Ok(bus) => bus,
        Err(error) => {
            let advice = "Nothing can be sent. Is the server up, are NATS_URL, NATS_USER and NATS_PASSWORD right, does it want TLS (NATS_TLS_CA_FILE)?";
            return findings.failed(AREA, "reachable", format!("{error:#}"), advice);
        }
    };
    check_server(doctor, &bus, findings);
    match standing::jetstream(&bus).await {
        Ok(account) => findings.ok(AREA, "jetstream", format!("{} MB in files, limit {}", account.storage_bytes >> 20, limit(account.max_storage_bytes))),
        Err(error) => findings.failed(AREA, "jetstream", error.to_string(), "JetStream is off, has no leader, or this user may not ask: connect as operator, compare deploy/nats/permissions.conf with what the server has"),
    }
    match standing::streams(&bus, doctor.streams.settings()).await {
        Ok(all) => check_streams(&all, findings),
        Err(error) => {
            findings.failed(AREA, "streams", error.to_string(), "This user may not look at them: connect as operator");
        }
    }
    check_lag(doctor, &bus, findings).await;
    check_monitor(doctor, findings).await;
}

fn limit(bytes: i64) -> String {
    if bytes < 0 { "none".to_owned() } else { format!("{} MB", bytes >> 20) }
}

fn check_server(doctor: &Doctor, bus: &Bus, findings: &mut Findings) {
    let server = standing::server(bus);
    findings.ok(AREA, "reachable", &server.name);
    let oldest = if doctor.production { OLDEST_IN_PRODUCTION } else { OLDEST };
    let advice = format!(
        "Use {} or newer: older ones lose or reorder what they acknowledged, or are ten times slower at syncing",
        join(oldest)
    );
    findings.expect(version(&server.version) >= oldest, State::Failed, (AREA, "version"), &server.version, &advice);
    findings.expect(
        server.max_payload >= MIN_PAYLOAD,
        State::Failed,
        (AREA, "max_payload"),
        format!("{} bytes", server.max_payload),
        "The largest events and answers do not fit: set max_payload: 1MB on every server",
    );
}

fn join(version: [u64; 3]) -> String {
    version.map(|part| part.to_string()).join(".")
}

/// The three numbers of a version, whatever comes after them.
fn version(text: &str) -> [u64; 3] {
    let number = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let mut numbers = text.split('.').map(number);
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

fn check_streams(all: &[StreamStanding], findings: &mut Findings) {
    for stream in all {
        let Some(found) = &stream.found else {
            let advice = if stream.name == COMMANDS_STREAM {
                "Nothing can be said. chatctl stream ensure, or start persistence"
            } else {
                "chatctl stream ensure; events that are lost come back with chatctl events replay"
            };
            findings.failed(AREA, stream.name, "it is not there", advice);
            continue;
        };
        let seen = format!(
            "{} messages, {} MB, {}/{} replicas",
            found.messages,
            found.bytes >> 20,
            found.current_replicas,
            found.replicas
        );
        if !stream.differences.is_empty() {
            findings.degraded(AREA, stream.name, describe(&stream.differences), "chatctl stream ensure, with the variables of persistence (STREAM_REPLICAS, COMMANDS_MAX_BYTES, EVENTS_MAX_BYTES, EVENTS_MAX_AGE_DAYS)");
        } else if found.current_replicas < found.replicas {
            findings.degraded(AREA, stream.name, seen, "A replica is away or behind: look at the NATS servers");
        } else if stream.name == COMMANDS_STREAM && i64::try_from(found.bytes).unwrap_or(i64::MAX) > found.max_bytes / 2
        {
            findings.degraded(
                AREA,
                stream.name,
                seen,
                "More than half full; when it is full senders hear `unavailable`: find out why nothing is stored",
            );
        } else {
            findings.expect(
                stream.name != DEAD_LETTERS_STREAM || found.messages == 0,
                State::Degraded,
                (AREA, stream.name),
                seen,
                "Commands could not be carried out: the headers chat-reason and chat-position say why and where",
            );
        }
    }
}

/// How far the workers are behind the stream; what is behind has to move.
async fn check_lag(doctor: &Doctor, bus: &Bus, findings: &mut Findings) {
    let Some(Ok(database)) = doctor.database_url.as_ref().map(|url| Database::new(url.expose(), 1)) else { return };
    let head = chat_bus::streams::look_at_commands(bus).await;
    let stored = within(LOOK, partitions(database.pool())).await;
    let (Ok(head), Ok(stored)) = (head, stored) else { return };
    let lag = (head.last_pos - stored.stored_pos).max(0);
    findings.expect(
        lag < MAX_LAG,
        State::Degraded,
        ("workers", "lag"),
        format!("{lag} commands at most; the stream is at {}", head.last_pos),
        "Senders wait: look at Postgres first, then at chat_persistence_batch_seconds",
    );
    findings.expect(
        stored.stored_pos <= head.last_pos,
        State::Degraded,
        ("workers", "stream"),
        format!("stored up to {}", stored.stored_pos),
        "The stream is shorter than what was stored of it: NATS has lost data, or DATABASE_URL and NATS_URL belong to different installations",
    );
}

async fn check_monitor(doctor: &Doctor, findings: &mut Findings) {
    let Some(monitor) = &doctor.nats_monitor else {
        return findings.skipped(
            AREA,
            "sync_interval",
            "Give --nats-monitor http://127.0.0.1:8222 on the NATS machine",
        );
    };
    let varz: Result<Value, reqwest::Error> = async {
        let client = reqwest::Client::builder().timeout(LOOK).build()?;
        client.get(format!("{}/varz", monitor.trim_end_matches('/'))).send().await?.json().await
    }
    .await;
    match varz {
        Err(error) => findings.degraded(
            AREA,
            "monitor",
            error.to_string(),
            "Set http: \"127.0.0.1:8222\" in the server's configuration",
        ),
        Ok(varz) => {
            let config = &varz["jetstream"]["config"];
            let is_always = config["sync_always"].as_bool().unwrap_or(false);
            let seen = if is_always {
                "always".to_owned()
            } else {
                format!("{} s", config["sync_interval"].as_i64().unwrap_or_default() / 1_000_000_000)
            };
            findings.expect(
                is_always || !doctor.production,
                State::Degraded,
                (AREA, "sync_interval"),
                seen,
                "Production: jetstream { sync_interval: always }, so that a power cut takes no command and no event",
            );
            let slow = varz["slow_consumers"].as_u64().unwrap_or_default();
            findings.expect(
                slow == 0,
                State::Degraded,
                (AREA, "slow_consumers"),
                slow.to_string(),
                "Connections were cut because they did not read: look at the gateways' CPU and max_pending",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version("2.14.3"), [2, 14, 3]);
        assert!(version("2.15.0-RC.1") >= OLDEST);
        assert!(version("2.9.25") < OLDEST && version("") < OLDEST);
    }
}
