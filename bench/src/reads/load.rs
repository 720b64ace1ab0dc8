//! Makes the history, in steps that are each whole: it may be ended and begun again at any time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use chat_store::seed::history::{self, PastRows};
use chat_store::seed::{self, NewGroup};
use chat_store::{BatchConnection as Connection, Database, users};

use super::past::{CONVERSATIONS, PEOPLE, Past, conversation, members};

/// How many messages one COPY has.
const AT_ONCE: u64 = 100_000;
/// How many conversations are made or closed with one statement.
const CONVERSATIONS_AT_ONCE: usize = 2000;
/// The first of the people that the history is about; they follow each other.
const FIRST_PERSON: i64 = 1_000_000_000;

/// The people of the history.
pub(super) fn people() -> Vec<UserId> {
    (0..i64::from(PEOPLE)).filter_map(|number| UserId::new(FIRST_PERSON + number)).collect()
}

/// What a person of the history is called.
pub(super) fn name_of(user: UserId) -> String {
    format!("Person {}", user.get() - FIRST_PERSON)
}

/// Goes on with a history until it has so many messages and can be read, or until the time is over; true when it is whole.
pub(super) async fn load(url: &str, messages: u64, patience: Duration) -> anyhow::Result<bool> {
    let begun = Instant::now();
    let database = Database::new(url, 1)?;
    let mut connection = database.pool().acquire().await?.detach();
    let (stored, closed) = if let Some((stored, closed)) = history::stored(&mut connection).await? {
        (u64::try_from(stored)?, u64::try_from(closed)?)
    } else {
        make_conversations(&database, &mut connection).await?;
        (0, 0)
    };
    ensure!(stored <= messages, "there are {stored} messages already: a history does not become shorter");
    let mut past = Past::new(people());
    past.skip_to(stored);
    let mut now = stored;
    if now < messages {
        history::put_indexes_away(&mut connection).await?;
    }
    while now < messages {
        if begun.elapsed() > patience {
            eprintln!("{now} of {messages} messages, {:.0?}", begun.elapsed());
            return Ok(false);
        }
        let count = AT_ONCE.min(messages - now);
        let mut rows = PastRows::default();
        for _ in 0..count {
            rows.push(&past.say());
        }
        history::append(&mut connection, rows, i64::try_from(count)?).await?;
        now += count;
    }
    while history::restore_index(&mut connection).await? {
        if begun.elapsed() > patience {
            eprintln!("all {messages} messages, indexes are being made, {:.0?}", begun.elapsed());
            return Ok(false);
        }
    }
    if closed < messages {
        let ranks: Vec<_> = (0..CONVERSATIONS).collect();
        for some in ranks.chunks(CONVERSATIONS_AT_ONCE) {
            let (heads, readers): (Vec<_>, Vec<_>) = some.iter().map(|rank| past.close(*rank)).unzip();
            history::close_history(&mut connection, &heads, &readers.concat()).await?;
        }
        history::settle(&mut connection).await?;
    }
    eprintln!("{now} messages, {:.0?}", begun.elapsed());
    Ok(true)
}

async fn make_conversations(database: &Database, connection: &mut Connection) -> anyhow::Result<()> {
    let people = people();
    let named: Vec<_> = people.iter().map(|user| (*user, name_of(*user), PlatformRole::Client)).collect();
    for some in named.chunks(CONVERSATIONS_AT_ONCE) {
        users::insert_many(database.pool(), some).await?;
    }
    let group = |rank: u32| NewGroup {
        id: conversation(rank),
        title: format!("Talk {rank}"),
        participants: members(rank).filter_map(|place| people.get(place as usize).copied()).collect(),
    };
    let groups: Vec<_> = (0..CONVERSATIONS).map(group).collect();
    for some in groups.chunks(CONVERSATIONS_AT_ONCE / 10) {
        let made = seed::insert_groups(database.pool(), some).await;
        made.context("were conversations made before, but not all? then begin with an empty database")?;
    }
    Ok(history::begin(connection).await?)
}
