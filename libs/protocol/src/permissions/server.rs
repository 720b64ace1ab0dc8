//! The table of permissions in the language of the NATS server: a variable for each user, and what one account lets the other have.

use std::fmt::Write as _;

use super::{NatsUser, READER_API_PREFIX, READER_CALLS, of_reader, reader_acks};
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
    let call = |call: &str| {
        let subject = subjects::jetstream(&of_reader(call));
        format!("  {{ service: \"{subject}\", response_type: stream, accounts: [READERS] }}\n")
    };
    format!(
        "\nFOR_READERS [\n  {{ stream: \"{EVENTS_WILDCARD}\", accounts: [READERS] }}\n{}  {{ service: \"{}\", accounts: [READERS] }}\n]\n",
        READER_CALLS.map(call).concat(),
        reader_acks()
    )
}

/// The same, as the readers' account takes it: under a prefix of its own, because `$JS.API` is each account's own `JetStream`.
fn imports() -> String {
    let call = |call: &str| {
        let (theirs, ours) =
            (subjects::jetstream(&of_reader(call)), format!("{READER_API_PREFIX}.{}", of_reader(call)));
        format!("  {{ service: {{ account: CHAT, subject: \"{theirs}\" }}, to: \"{ours}\" }}\n")
    };
    format!(
        "\nFROM_CHAT [\n  {{ stream: {{ account: CHAT, subject: \"{EVENTS_WILDCARD}\" }} }}\n{}  {{ service: {{ account: CHAT, subject: \"{}\" }} }}\n]\n",
        READER_CALLS.map(call).concat(),
        reader_acks()
    )
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
