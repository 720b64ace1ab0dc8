//! Postgres: server, schema, rights, durability, partitions and what waits in the background.

use std::time::Duration;

use chat_store::operator::schema::MigrationState;
use chat_store::operator::standing::{self, Server};
use chat_store::operator::{rights, schema};
use chat_store::{Database, within};
use chrono::Utc;

use super::{Doctor, Findings, State};

const AREA: &str = "postgres";
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(8);
/// The oldest server that is tested.
const OLDEST: i32 = 150_000;
/// How far clocks may be apart.
const MAX_SKEW_MS: i64 = 500;
/// How many seconds background work may be late.
const LATE_SECS: i64 = 300;
/// How many positions the search may be behind.
const SEARCH_BEHIND: i64 = 10_000;
const PARTITIONS: i64 = 64;

pub(super) async fn check(doctor: &Doctor, findings: &mut Findings) {
    let Some(url) = &doctor.database_url else {
        return findings.skipped(AREA, "reachable", "Give DATABASE_URL, best of chat_owner");
    };
    let database = match Database::new(url.expose(), 2) {
        Ok(database) => database,
        Err(error) => {
            return findings.failed(
                AREA,
                "reachable",
                error.to_string(),
                "DATABASE_URL: postgres://USER:PASSWORD@HOST/DATABASE",
            );
        }
    };
    let asked = Utc::now();
    match within(LOOK, standing::server(database.pool())).await {
        Ok(server) => {
            check_server(doctor, &server, (asked.timestamp_millis(), Utc::now().timestamp_millis()), findings);
        }
        Err(error) => {
            let advice = "Nothing is stored and nothing read. Is the server up, is DATABASE_URL right, does a firewall or pg_hba.conf refuse this machine? Without a schema: chatctl migrate";
            return findings.failed(AREA, "reachable", error.to_string(), advice);
        }
    }
    check_schema(&database, findings).await;
    check_rights(&database, findings).await;
    check_durability(doctor, &database, findings).await;
    check_partitions(&database, findings).await;
    check_backlogs(&database, findings).await;
}

fn check_server(doctor: &Doctor, server: &Server, (before, after): (i64, i64), findings: &mut Findings) {
    findings.ok(
        AREA,
        "reachable",
        format!("as {}, {} MB, log epoch {}", server.role, server.size_bytes >> 20, server.log_epoch),
    );
    findings.expect(
        server.version_number >= OLDEST,
        State::Failed,
        (AREA, "version"),
        &server.version,
        "Use PostgreSQL 15 or newer",
    );
    findings.expect(
        !server.is_standby,
        State::Failed,
        (AREA, "primary"),
        if server.is_standby { "this server follows another one" } else { "it takes writes" },
        "Point DATABASE_URL at the primary: everything is read and written there",
    );
    let now = server.now.timestamp_millis();
    let skew = (before - now).max(now - after).max(0);
    findings.expect(
        skew <= MAX_SKEW_MS,
        State::Degraded,
        (AREA, "clock"),
        format!("{skew} ms away from this machine's"),
        "Run chrony or systemd-timesyncd on both: tokens, leases and deadlines are read by these clocks",
    );
    let free = i64::from(server.max_connections) - server.used_connections;
    findings.expect(
        i64::from(server.max_connections) > doctor.connections,
        State::Degraded,
        (AREA, "connections"),
        format!("{} of {} in use, {free} free; the services may open {}", server.used_connections, server.max_connections, doctor.connections),
        "Raise max_connections, or lower DATABASE_POOL: the sum over all processes has to fit, with some left for operators (--connections says the sum)",
    );
}

async fn check_schema(database: &Database, findings: &mut Findings) {
    let all = match within(LOOK, schema::status(database.pool())).await {
        Ok(all) => all,
        Err(error) => return findings.failed(AREA, "schema", error.to_string(), "Ask as chat_owner or chat_operator"),
    };
    let of = |state| {
        all.iter()
            .filter(|migration| migration.state == state)
            .map(|migration| migration.version.to_string())
            .collect::<Vec<_>>()
    };
    let newest = all
        .iter()
        .filter(|migration| migration.state == MigrationState::Applied)
        .map(|migration| migration.version)
        .max();
    let (pending, unknown) = (of(MigrationState::Pending), of(MigrationState::Unknown));
    let broken = [of(MigrationState::Broken), of(MigrationState::Changed)].concat();
    if !broken.is_empty() {
        findings.failed(
            AREA,
            "schema",
            format!("migrations {} are broken or other than this version's", broken.join(", ")),
            "Restore the database from before that migration, or use the version that made it",
        );
    } else if !pending.is_empty() {
        findings.failed(
            AREA,
            "schema",
            format!("{} to come: {}", pending.len(), pending.join(", ")),
            "chatctl migrate",
        );
    } else if !unknown.is_empty() {
        findings.degraded(AREA, "schema", format!("{} are unknown here", unknown.join(", ")), "The database is of a newer version: use its chatctl; old services may run beside it for the time of an upgrade");
    } else {
        findings.ok(AREA, "schema", format!("migration {}", newest.unwrap_or_default()));
    }
}

async fn check_rights(database: &Database, findings: &mut Findings) {
    match within(LOOK, rights::check(database.pool())).await {
        Err(error) => findings.failed(AREA, "roles", error.to_string(), "Ask as chat_owner"),
        Ok(found) if !found.missing_roles.is_empty() => findings.degraded(
            AREA,
            "roles",
            format!("not there: {}", found.missing_roles.join(", ")),
            "One role does everything. Run deploy/postgres/roles.sql before the first chatctl migrate of a database",
        ),
        Ok(found) => {
            findings.expect(
                found.missing.is_empty(),
                State::Failed,
                (AREA, "grants"),
                list(&found.missing, "missing: "),
                "Services fail at these: grant them, as the migrations do",
            );
            findings.expect(
                found.excessive.is_empty(),
                State::Degraded,
                (AREA, "least rights"),
                list(&found.excessive, "too much: "),
                "Revoke them: a service that is taken over should not have them",
            );
        }
    }
}

fn list(items: &[String], prefix: &str) -> String {
    if items.is_empty() { "as it has to be".to_owned() } else { format!("{prefix}{}", items.join(", ")) }
}

async fn check_durability(doctor: &Doctor, database: &Database, findings: &mut Findings) {
    let settings = match within(LOOK, standing::settings(database.pool())).await {
        Ok(settings) => settings,
        Err(error) => return findings.failed(AREA, "settings", error.to_string(), "Ask again"),
    };
    let is = |name: &str| settings.get(name).map_or("?", String::as_str);
    findings.expect(
        is("fsync") == "on",
        State::Failed,
        (AREA, "fsync"),
        is("fsync"),
        "Acknowledged messages are lost with the next power cut: set fsync = on",
    );
    findings.expect(
        !["off", "local"].contains(&is("synchronous_commit"))
            || is("synchronous_commit") == "local" && !doctor.production,
        State::Failed,
        (AREA, "synchronous_commit"),
        is("synchronous_commit"),
        "A message is acknowledged before it is synced: set synchronous_commit = on",
    );
    findings.expect(
        is("full_page_writes") == "on",
        State::Failed,
        (AREA, "full_page_writes"),
        is("full_page_writes"),
        "A torn page cannot be repaired: set full_page_writes = on",
    );
    let standbys = within(LOOK, standing::standbys(database.pool())).await.unwrap_or_default();
    let synchronous =
        standbys.iter().filter(|standby| ["sync", "quorum"].contains(&standby.sync_state.as_str())).count();
    let seen = format!(
        "{} connected, {synchronous} synchronous; synchronous_standby_names = '{}'",
        standbys.len(),
        is("synchronous_standby_names")
    );
    let is_named = !["", "?"].contains(&is("synchronous_standby_names"));
    if is_named && synchronous == 0 {
        findings.failed(AREA, "standby", seen, "Commits wait for a standby that is not there: bring it back, or take its name out of synchronous_standby_names");
    } else {
        findings.expect(is_named || !doctor.production, State::Degraded, (AREA, "standby"), seen, "Production: a second server in synchronous_standby_names, so that no acknowledged message is on one disk alone");
    }
    findings.expect(
        is("archive_mode") != "off" || !doctor.production,
        State::Degraded,
        (AREA, "archive"),
        format!("archive_mode = {}", is("archive_mode")),
        "Production: archive the write-ahead log, so that a backup can be brought up to any moment",
    );
}

async fn check_partitions(database: &Database, findings: &mut Findings) {
    match within(LOOK, standing::partitions(database.pool())).await {
        Err(error) => findings.failed("workers", "partitions", error.to_string(), "Ask as chat_owner or chat_operator"),
        Ok(found) => {
            findings.expect(
                found.owned == PARTITIONS,
                State::Failed,
                ("workers", "partitions"),
                format!("{} of {PARTITIONS} have an owner, {} workers", found.owned, found.owners),
                "What is said in the others waits: start persistence, and look at /readyz and the log of each",
            );
            findings.expect(found.suspects == 0, State::Failed, ("workers", "suspects"), format!("{} partitions", found.suspects), "Workers die at one command: read the log of persistence; after three deaths it goes to CHAT_DEAD_LETTERS");
            findings.expect(
                found.unpublished < 10_000,
                State::Degraded,
                ("workers", "unpublished"),
                format!("{} commands at most", found.unpublished),
                "NATS does not acknowledge events: look at CHAT_EVENTS",
            );
        }
    }
}

async fn check_backlogs(database: &Database, findings: &mut Findings) {
    match within(LOOK, standing::backlogs(database.pool())).await {
        Err(error) => findings.failed("workers", "background", error.to_string(), "Ask as chat_owner"),
        Ok(found) => {
            findings.expect(
                found.search_behind < SEARCH_BEHIND,
                State::Degraded,
                ("workers", "search"),
                format!("{} commands behind", found.search_behind),
                "What was said lately cannot be found: look at the log of persistence",
            );
            findings.expect(
                found.webhook_due_secs < LATE_SECS,
                State::Degraded,
                ("api", "webhooks"),
                format!("oldest due for {} s", found.webhook_due_secs),
                "chatctl or /api/admin/webhooks: which endpoint is slow; raise WEBHOOK_CONCURRENCY",
            );
            findings.expect(
                found.collect_due_secs < 24 * 3600,
                State::Degraded,
                ("api", "collecting"),
                format!("oldest due for {} s", found.collect_due_secs),
                "Objects are not removed: look at the log of the apis and at the object store",
            );
        }
    }
}
