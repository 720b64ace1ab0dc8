//! What one unit of work costs: measured on two shared cores, each with the place where it stands. They are upper bounds where the
//! machine was not saturated: what a process does while idle is in them.

/// One cost, and where it was measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) name: &'static str,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    pub(super) source: &'static str,
}

macro_rules! costs {
    ($($(#[$doc:meta])* $name:ident = $value:expr, $unit:literal, $source:literal;)*) => {
        $($(#[$doc])* pub(super) const $name: f64 = $value;)*
        /// All of them, for who wants to see them.
        pub(super) const ALL: &[Cost] =
            &[$(Cost { name: stringify!($name), value: $value, unit: $unit, source: $source }),*];
    };
}

costs! {
    /// A gateway's part in one delivery.
    DELIVERY_US = 9.2, "µs", "ADR 0035: chat-bench fanout, paced";
    /// A gateway's part in taking one message and its event, without deliveries: 290 µs with ten of them.
    MESSAGE_US = 198.0, "µs", "results.json: many-rates, cpu.rate_1000.gateways_us, less ten deliveries";
    /// Another gateway's part in taking the same event: no more than all it does for a message with ten deliveries.
    EVENT_COPY_US = 87.1, "µs", "results.json: many, cpu.window_32.gateways_us";
    /// A worker's part in a message.
    PERSISTENCE_US = 187.1, "µs", "results.json: many-rates, cpu.rate_1000.persistence_us";
    /// Postgres' part in a message.
    POSTGRES_US = 413.5, "µs", "results.json: many-rates, cpu.rate_1000.postgres_us";
    /// The broker's part in a message.
    NATS_US = 236.3, "µs", "results.json: many-rates, cpu.rate_1000.nats_us";
    /// The broker's part in another copy of an event.
    NATS_COPY_US = 0.6, "µs", "results.json: floor-publish, cpu.core.nats_us";
    /// What one stream takes at most.
    STREAM_PER_S = 109_972.0, "/s", "results.json: floor-publish, figures.published_per_s";
    /// An idle socket in its gateway.
    SOCKET_BYTES = 17_000.0, "bytes", "performance.md, Memory: chat-bench idle";
    /// The same in the kernel.
    SOCKET_KERNEL_BYTES = 4_400.0, "bytes", "performance.md, Memory: chat-bench idle";
    /// A conversation in which somebody speaks, in each gateway that has one of its readers.
    CONVERSATION_BYTES = 93_000.0, "bytes", "performance.md, Memory: chat-bench idle --messages 64";
    /// A stored message with its indexes, without the search.
    STORED_BYTES = 420.0, "bytes", "performance.md: 21 GB for 50 million messages";
}
