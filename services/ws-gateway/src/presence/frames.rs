//! The two frames of presence as text. A person's row is encoded once for each change; snapshots are put together from
//! those texts.

use chat_protocol::presence::{MAX_SNAPSHOT_ROWS, PresenceRow, UserStatusChange};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// What stands before the row in a `user_status_change`.
const CHANGE_HEAD: &str = r#"{"type":"user_status_change","#;

/// A `user_status_change`.
pub(super) fn change(row: PresenceRow) -> Utf8Bytes {
    serde_json::to_string(&UserStatusChange { row }).expect("a row is plain data").into()
}

/// The `presence_snapshot` of the people with these changes, in as many parts as it takes; at least one.
pub(super) fn snapshot(changes: &[Utf8Bytes]) -> Vec<Utf8Bytes> {
    let parts = changes.len().div_ceil(MAX_SNAPSHOT_ROWS).max(1);
    let part = |number: usize| {
        let rows = changes.iter().skip(number * MAX_SNAPSHOT_ROWS).take(MAX_SNAPSHOT_ROWS);
        snapshot_part(rows, number + 1 < parts)
    };
    (0..parts).map(part).collect()
}

fn snapshot_part<'a>(changes: impl Iterator<Item = &'a Utf8Bytes>, more: bool) -> Utf8Bytes {
    let mut text = String::from(r#"{"type":"presence_snapshot","users":["#);
    for (number, change) in changes.enumerate() {
        if number > 0 {
            text.push(',');
        }
        text.push('{');
        text.push_str(change.strip_prefix(CHANGE_HEAD).expect("made by `change`"));
    }
    text.push_str(if more { r#"],"more":true}"# } else { "]}" });
    text.into()
}

#[cfg(test)]
mod tests {
    use chat_protocol::ids::UserId;
    use chat_protocol::presence::{PresenceSnapshot, PresenceStatus};

    use super::*;

    fn row(id: i64) -> PresenceRow {
        let seen = chrono::DateTime::from_timestamp(1_800_000_000 + id, 5000).unwrap().into();
        let status = if id % 2 == 0 { PresenceStatus::Away } else { PresenceStatus::Offline };
        PresenceRow::new(UserId::new(id).unwrap(), status, Some(seen))
    }

    #[test]
    fn snapshot_reads_as_if_it_were_encoded_as_a_whole() {
        for (count, parts) in [(0, 1), (1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3)] {
            let rows: Vec<PresenceRow> = (1..=count).map(row).collect();
            let changes: Vec<Utf8Bytes> = rows.iter().map(|row| change(*row)).collect();
            let frames = snapshot(&changes);
            assert_eq!(frames.len(), parts, "{count}");
            let mut read = Vec::new();
            for (number, frame) in frames.iter().enumerate() {
                let part: PresenceSnapshot = serde_json::from_str(frame).unwrap();
                assert_eq!(part.more, number + 1 < parts);
                assert_eq!(serde_json::to_string(&part).unwrap(), frame.as_str());
                read.extend(part.users);
            }
            assert_eq!(read, rows);
        }
    }
}
