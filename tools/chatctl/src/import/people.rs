//! Which ids people of an export are to have here.

use std::collections::HashMap;
use std::io::BufRead as _;
use std::path::Path;

use anyhow::Context as _;
use chat_protocol::ids::UserId;

use super::source;

/// Ids by the names of the export.
pub(super) type Ids = HashMap<String, UserId>;

/// Reads lines of `name,id`. The last comma counts.
pub(super) fn read(path: &Path) -> anyhow::Result<Ids> {
    let mut ids = Ids::new();
    for (index, line) in source::open(path)?.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let pair = line.rsplit_once(',').and_then(|(name, id)| Some((name.trim().to_owned(), id.trim().parse().ok()?)));
        let (name, id) =
            pair.with_context(|| format!("{}: line {}: `name,user id` is expected", path.display(), index + 1))?;
        ids.insert(name, id);
    }
    Ok(ids)
}
