//! The table of permissions in the language of the NATS server: a variable for each user, and what one account lets the other have.

use std::fmt::Write as _;

use super::{NatsUser, READER_API_PREFIX, reader_acks, reader_calls};
use crate::subjects::{self, EVENTS_WILDCARD};

/// How long after a request its answer may still be published.
const ANSWER_WITHIN: &str = "1m";

/// The table in the language of the server's configuration: a variable for each user.
#[must_use]
pub fn server_configuration() -> String {
    let mut text = String::from(
        "# Who may publish and hear what. Written from libs/protocol/src/permissions.rs by\n\
         #   cargo test -p chat-protocol --lib -- --ignored permissions\n\
         # and to be included by the configuration of a server.\n",
    );
    for user in NatsUser::ALL {
        let name = user.name().to_uppercase().replace('-', "_");
        let permissions = user.permissions();
        let mut lines = format!("\n{name}_MAY {{\n");
        lines += &list("publish", permissions.publish);
        lines += &list("subscribe", permissions.subscribe);
        if permissions.answers > 0 {
            // Writing to a string does not fail.
            let _ =
                writeln!(lines, "  allow_responses {{ max: {}, expires: \"{ANSWER_WITHIN}\" }}", permissions.answers);
        }
        text += &(lines + "}\n");
    }
    text + &exports() + &imports()
}

/// What the services' account lets the readers' account have.
fn exports() -> String {
    let call = |call: String| {
        let subject = subjects::jetstream(&call);
        format!("  {{ service: \"{subject}\", response_type: stream, accounts: [READERS] }}\n")
    };
    let ack = |subject: String| format!("  {{ service: \"{subject}\", accounts: [READERS] }}\n");
    let lines: String = reader_calls().map(call).chain(reader_acks().map(ack)).collect();
    format!("\nFOR_READERS [\n  {{ stream: \"{EVENTS_WILDCARD}\", accounts: [READERS] }}\n{lines}]\n")
}

/// The same, as the readers' account takes it: under a prefix of its own, because `$JS.API` is each account's own `JetStream`.
fn imports() -> String {
    let call = |call: String| {
        let (theirs, ours) = (subjects::jetstream(&call), format!("{READER_API_PREFIX}.{call}"));
        format!("  {{ service: {{ account: CHAT, subject: \"{theirs}\" }}, to: \"{ours}\" }}\n")
    };
    let ack = |subject: String| format!("  {{ service: {{ account: CHAT, subject: \"{subject}\" }} }}\n");
    let lines: String = reader_calls().map(call).chain(reader_acks().map(ack)).collect();
    format!("\nFROM_CHAT [\n  {{ stream: {{ account: CHAT, subject: \"{EVENTS_WILDCARD}\" }} }}\n{lines}]\n")
}

fn list(what: &str, mut subjects: Vec<String>) -> String {
    subjects.sort();
    subjects.dedup();
    let lines: Vec<String> = subjects.iter().map(|subject| format!("    \"{subject}\"\n")).collect();
    format!("  {what} {{ allow: [\n{}  ] }}\n", lines.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nats/permissions.conf");

    #[test]
    fn permissions_of_the_server_are_these() {
        let committed = std::fs::read_to_string(FILE).unwrap();
        assert_eq!(committed, server_configuration(), "cargo test -p chat-protocol --lib -- --ignored permissions");
    }

    #[test]
    #[ignore = "writes the file that is checked"]
    fn write_permissions_of_the_server() {
        std::fs::write(FILE, server_configuration()).unwrap();
    }
}
