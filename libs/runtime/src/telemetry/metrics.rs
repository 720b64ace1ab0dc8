//! Every metric there is: its name, its kind, its labels, who has it and what it means. A test holds the code, what is scraped
//! and docs/observability.md against this list.

use MetricKind::{Counter, Gauge, Histogram};

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows; its name ends in `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations in buckets.
    Histogram,
}

impl MetricKind {
    /// The word for it in the text format of Prometheus.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Counter => "counter",
            Gauge => "gauge",
            Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: MetricKind,
    /// Its labels: of few values each, never an id.
    pub labels: &'static [&'static str],
    /// The services that have it.
    pub of: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
}

const ALL: &[&str] = &["api", "ws-gateway", "persistence", "presence"];
/// Those with a public port.
const PUBLIC: &[&str] = &["api", "ws-gateway"];
/// Those with a database.
const STORED: &[&str] = &["api", "persistence"];

/// All of them.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    Metric { name: "chat_build_info", kind: Gauge, labels: &["service", "version"], of: ALL, help: "Always 1; says which service and version this is" },
    Metric { name: "chat_ready", kind: Gauge, labels: &[], of: ALL, help: "Whether the process wants traffic, as /readyz says: 1 or 0" },
    Metric { name: "chat_process_start_timestamp_seconds", kind: Gauge, labels: &[], of: ALL, help: "When the process started, in seconds since 1970" },
    Metric { name: "chat_process_memory_bytes", kind: Gauge, labels: &[], of: ALL, help: "Memory of the process that is in RAM" },
    Metric { name: "chat_process_memory_limit_bytes", kind: Gauge, labels: &[], of: ALL, help: "What it may take: MEMORY_LIMIT_BYTES, else the limit of its control group; missing if there is none" },
    Metric { name: "chat_http_connections", kind: Gauge, labels: &[], of: ALL, help: "Open HTTP connections, without those that became sockets" },
    Metric { name: "chat_http_connections_limit", kind: Gauge, labels: &[], of: PUBLIC, help: "How many connections the public port may have, sockets included" },
    Metric { name: "chat_http_connections_refused_total", kind: Counter, labels: &[], of: ALL, help: "Connections over the cap of all or of one address, answered 503 unread" },
    Metric { name: "chat_http_tls_failures_total", kind: Counter, labels: &[], of: ALL, help: "Connections with which no keys could be agreed on" },
    Metric { name: "chat_tls_certificate_expiry_timestamp_seconds", kind: Gauge, labels: &[], of: PUBLIC, help: "Until when the certificate of the public port is good, in seconds since 1970; missing without TLS" },
    Metric { name: "chat_http_accept_errors_total", kind: Counter, labels: &[], of: ALL, help: "Times the system gave no connection, for example for want of file descriptors" },
    Metric { name: "chat_limits_refused_total", kind: Counter, labels: &["class"], of: ALL, help: "What was refused, by the kind of limit" },
    Metric { name: "chat_nats_connected", kind: Gauge, labels: &[], of: ALL, help: "Whether the connection to NATS stands: 1 or 0" },
    Metric { name: "chat_nats_disconnections_total", kind: Counter, labels: &[], of: ALL, help: "Times the connection to NATS was lost" },
    Metric { name: "chat_nats_overflows_total", kind: Counter, labels: &[], of: ALL, help: "Times a subscription was read too slowly and messages were dropped" },
    Metric { name: "chat_nats_permission_violations_total", kind: Counter, labels: &[], of: ALL, help: "What NATS refused this service: a right is missing, or somebody tries" },
    Metric { name: "chat_database_connections", kind: Gauge, labels: &["state"], of: STORED, help: "Connections of the pool, idle or used" },
    Metric { name: "chat_database_connections_limit", kind: Gauge, labels: &[], of: STORED, help: "How many connections the pool may have" },
    Metric { name: "chat_commands_unanswered", kind: Gauge, labels: &[], of: PUBLIC, help: "Commands on their way whose answer has not come" },
    Metric { name: "chat_commands_oldest_unanswered_seconds", kind: Gauge, labels: &[], of: PUBLIC, help: "For how long the oldest of them has been on its way; 0 if there is none" },
    Metric { name: "chat_commands_answer_seconds", kind: Histogram, labels: &[], of: PUBLIC, help: "From the making of a command to its answer, by the clock of its sender" },
    Metric { name: "chat_traces_spans_total", kind: Counter, labels: &["result"], of: ALL, help: "Recorded spans: exported, failed (the collector did not take them) or dropped (no place to wait)" },
    Metric { name: "chat_identity_keys", kind: Gauge, labels: &[], of: PUBLIC, help: "Public keys of others that count" },
    Metric { name: "chat_identity_keys_checked_timestamp_seconds", kind: Gauge, labels: &[], of: PUBLIC, help: "When the source of keys was last read with success, in seconds since 1970" },
    Metric { name: "chat_identity_key_refreshes_total", kind: Counter, labels: &["result"], of: PUBLIC, help: "Readings of the source of keys: ok or failed" },
    Metric { name: "chat_identity_unknown_keys_total", kind: Counter, labels: &[], of: PUBLIC, help: "Tokens that waited for a reading, because nobody knew their key" },
    Metric { name: "chat_moderation_checks_total", kind: Counter, labels: &["outcome"], of: PUBLIC, help: "Questions to the moderator, by what came of them" },
    Metric { name: "chat_moderation_check_seconds", kind: Histogram, labels: &[], of: PUBLIC, help: "How long the moderator took" },
    Metric { name: "chat_api_http_requests_total", kind: Counter, labels: &["route", "method", "status"], of: &["api"], help: "Requests by matched route" },
    Metric { name: "chat_api_http_request_duration_seconds", kind: Histogram, labels: &["route"], of: &["api"], help: "From the header of a request to its answer" },
    Metric { name: "chat_api_commands_given_up_total", kind: Counter, labels: &[], of: &["api"], help: "Commands whose caller was told that there is no answer" },
    Metric { name: "chat_api_attachments_total", kind: Counter, labels: &[], of: &["api"], help: "Files that became attachments" },
    Metric { name: "chat_api_attachments_collected_total", kind: Counter, labels: &[], of: &["api"], help: "Attachments that were removed, because nobody had sent them or nobody saw them any more" },
    Metric { name: "chat_api_object_store_errors_total", kind: Counter, labels: &[], of: &["api"], help: "Requests that failed because an object could not be had or kept" },
    Metric { name: "chat_api_visits_dropped_total", kind: Counter, labels: &[], of: &["api"], help: "Last visits that were not written, because the database had not taken 100,000 others" },
    Metric { name: "chat_api_missed_total", kind: Counter, labels: &[], of: &["api"], help: "Messages that were found to have been missed" },
    Metric { name: "chat_api_webhook_attempts_total", kind: Counter, labels: &["outcome"], of: &["api"], help: "Attempts to post an event to a webhook, by what came of them" },
    Metric { name: "chat_api_webhook_deliveries_made_total", kind: Counter, labels: &[], of: &["api"], help: "Deliveries to webhooks that were made out of events" },
    Metric { name: "chat_api_webhook_deliveries_due", kind: Gauge, labels: &[], of: &["api"], help: "Deliveries to webhooks whose time has come" },
    Metric { name: "chat_api_webhook_oldest_due_seconds", kind: Gauge, labels: &[], of: &["api"], help: "For how long the oldest of them has waited" },
    Metric { name: "chat_api_push_messages_total", kind: Counter, labels: &["outcome"], of: &["api"], help: "Messages to the push services of browsers, by what came of them" },
    Metric { name: "chat_gateway_sockets", kind: Gauge, labels: &[], of: &["ws-gateway"], help: "Open sockets" },
    Metric { name: "chat_gateway_opened_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Sockets that were opened" },
    Metric { name: "chat_gateway_socketio_connections", kind: Gauge, labels: &[], of: &["ws-gateway"], help: "Connections of Socket.IO; each of their namespaces counts as a socket" },
    Metric { name: "chat_gateway_socketio_relayed_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Requests of long polling that another gateway was asked about" },
    Metric { name: "chat_gateway_rooms", kind: Gauge, labels: &[], of: &["ws-gateway"], help: "Conversations that this gateway is subscribed to" },
    Metric { name: "chat_gateway_frames_received_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Text frames from clients" },
    Metric { name: "chat_gateway_frames_sent_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Events, answers and pings sent to sockets" },
    Metric { name: "chat_gateway_deliveries_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Events written to sockets as they happened" },
    Metric { name: "chat_gateway_delivery_seconds", kind: Histogram, labels: &[], of: &["ws-gateway"], help: "From the acceptance of a message to its writing to a socket; once a write, by the message that waited longest" },
    Metric { name: "chat_gateway_commands_given_up_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Commands that the stream did not take, whose sender was told so" },
    Metric { name: "chat_gateway_resumes_total", kind: Counter, labels: &["source"], of: &["ws-gateway"], help: "How resumes were served: readings from the ring, readings from the log, and resync" },
    Metric { name: "chat_gateway_ring_overruns_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Readers that wanted live what their ring no longer had" },
    Metric { name: "chat_gateway_holes_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Attempts to fetch missing events from the log" },
    Metric { name: "chat_gateway_lists_again_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Times the conversations of a person were listed again, because a change may have been missed" },
    Metric { name: "chat_gateway_late_answers_total", kind: Counter, labels: &[], of: &["ws-gateway"], help: "Answers of the api about the log that came too late to count" },
    Metric { name: "chat_gateway_closes_total", kind: Counter, labels: &["reason"], of: &["ws-gateway"], help: "Ended sockets; the reason is that of the close code, protocol or gone" },
    Metric { name: "chat_gateway_people_here", kind: Gauge, labels: &[], of: &["ws-gateway"], help: "People who hold a socket on this gateway" },
    Metric { name: "chat_gateway_people_watched", kind: Gauge, labels: &[], of: &["ws-gateway"], help: "People whose presence sockets of this gateway watch" },
    Metric { name: "chat_persistence_partitions", kind: Gauge, labels: &[], of: &["persistence"], help: "Partitions that this worker owns" },
    Metric { name: "chat_commands_stream_bytes", kind: Gauge, labels: &[], of: &["persistence"], help: "Bytes of the stream of commands" },
    Metric { name: "chat_commands_stream_limit_bytes", kind: Gauge, labels: &[], of: &["persistence"], help: "Bytes that the stream of commands may take; then senders hear unavailable" },
    Metric { name: "chat_database_clock_offset_seconds", kind: Gauge, labels: &[], of: &["persistence"], help: "How far the clock of Postgres is ahead of that of this machine; exact to the time that a query takes" },
    Metric { name: "chat_database_standbys", kind: Gauge, labels: &[], of: &["persistence"], help: "Standbys that are connected to Postgres" },
    Metric { name: "chat_database_standbys_required", kind: Gauge, labels: &[], of: &["persistence"], help: "Whether commits wait for a standby (synchronous_standby_names): 1 or 0" },
    Metric { name: "chat_persistence_commands_total", kind: Counter, labels: &[], of: &["persistence"], help: "Answers sent" },
    Metric { name: "chat_persistence_events_total", kind: Counter, labels: &[], of: &["persistence"], help: "Events handed to the broker" },
    Metric { name: "chat_persistence_news_total", kind: Counter, labels: &[], of: &["persistence"], help: "News told: receipts, deletions, and what concerns one person" },
    Metric { name: "chat_persistence_batch_commands", kind: Histogram, labels: &[], of: &["persistence"], help: "Messages of one reading from the stream" },
    Metric { name: "chat_persistence_batch_seconds", kind: Histogram, labels: &[], of: &["persistence"], help: "One statement with its commit" },
    Metric { name: "chat_persistence_store_retries_total", kind: Counter, labels: &[], of: &["persistence"], help: "Batches, and looks at what is owned, that have to be tried again because the database was not there" },
    Metric { name: "chat_persistence_waiting_commands", kind: Gauge, labels: &[], of: &["persistence"], help: "Commands of the partitions of this worker that it has not read, as of its last reading" },
    Metric { name: "chat_persistence_partition_lag_messages", kind: Gauge, labels: &["partition"], of: &["persistence"], help: "Messages of the stream after the last stored one of a partition, of any partition, if some of them may be its own; looked at every few seconds" },
    Metric { name: "chat_persistence_oldest_command_age_seconds", kind: Gauge, labels: &[], of: &["persistence"], help: "Age of the oldest command of the last reading; 0 once nothing waits" },
    Metric { name: "chat_persistence_unpublished_events", kind: Gauge, labels: &[], of: &["persistence"], help: "Events that wait for the acknowledgement of the broker" },
    Metric { name: "chat_persistence_dead_letters_total", kind: Counter, labels: &[], of: &["persistence"], help: "Commands that were put away" },
    Metric { name: "chat_persistence_search_behind_seconds", kind: Gauge, labels: &[], of: &["persistence"], help: "For how long there has been something that cannot be found by searching yet" },
    Metric { name: "chat_persistence_search_messages_total", kind: Counter, labels: &[], of: &["persistence"], help: "Messages that were read to be found; each several times" },
    Metric { name: "chat_persistence_search_blocks_total", kind: Counter, labels: &[], of: &["persistence"], help: "Blocks that were written for searching" },
    Metric { name: "chat_persistence_search_refused_total", kind: Counter, labels: &[], of: &["persistence"], help: "Stretches of messages that PostgreSQL would not take: they cannot be found" },
    Metric { name: "chat_presence_leases", kind: Gauge, labels: &[], of: &["presence"], help: "Gateways whose lease is known" },
    Metric { name: "chat_presence_online_users", kind: Gauge, labels: &[], of: &["presence"], help: "People whom others see online" },
    Metric { name: "chat_presence_statements_total", kind: Counter, labels: &[], of: &["presence"], help: "Statements about people" },
    Metric { name: "chat_presence_malformed_total", kind: Counter, labels: &[], of: &["presence"], help: "Messages that could not be read" },
];

/// Tells the recorder what everything means, and starts the counters of this service at 0: a series that begins with its first
/// event hides that event.
pub(super) fn describe(service: &str) {
    for metric in METRICS.iter().filter(|metric| metric.of.contains(&service)) {
        match metric.kind {
            Counter => metrics::describe_counter!(metric.name, metric.help),
            Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Histogram => metrics::describe_histogram!(metric.name, metric.help),
        }
        if metric.kind == Counter && metric.labels.is_empty() {
            metrics::counter!(metric.name).increment(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units that are not the base ones, and suffixes that the format itself gives.
    const NEVER: [&str; 12] = [
        "_ms",
        "_millis",
        "_milliseconds",
        "_micros",
        "_minutes",
        "_hours",
        "_kb",
        "_mb",
        "_percent",
        "_count",
        "_sum",
        "_bucket",
    ];

    #[test]
    fn names_follow_the_rules_of_prometheus() {
        for Metric { name, kind, help, .. } in METRICS {
            assert!(name.starts_with("chat_") && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Counter, "{name}");
            assert!(!NEVER.iter().any(|suffix| name.trim_end_matches("_total").ends_with(suffix)), "{name}");
            assert!(!help.is_empty() && !help.ends_with('.') && !help.contains('\n'), "{name}");
        }
        let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
    }

    #[test]
    fn labels_have_few_values() {
        let few = [
            "class",
            "method",
            "outcome",
            "partition",
            "reason",
            "result",
            "route",
            "service",
            "source",
            "state",
            "status",
            "version",
        ];
        for Metric { name, labels, .. } in METRICS {
            assert!(labels.iter().all(|label| few.contains(label)), "{name} {labels:?}");
        }
    }
}
