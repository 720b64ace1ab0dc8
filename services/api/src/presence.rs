//! Presence in the api: what the presence service says, put together with what the database knows. Its parts: what
//! gateways ask about it (`answers`), and the last visits on their way to the database (`visits`).

mod answers;
mod visits;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use chat_bus::Bus;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::UserId;
use chat_protocol::limits::MAX_PRESENCE_PARTICIPANTS;
use chat_protocol::presence::{
    Acquaintance, Choice, MAX_SNAPSHOT_USERS, PresenceRow, PresenceStatus, SnapshotRequest, SnapshotResponse,
    UserPresence,
};
use chat_protocol::rest::{Conversation, ConversationKind, ConversationRole, Participant};
use chat_protocol::subjects;
use chat_store::blocks;

pub(crate) use self::answers::serve;
pub(crate) use self::visits::note_visits;
use crate::app::App;
use crate::error::ApiError;

/// How long the presence service may take, over all questions of one request.
const ASK_TIMEOUT: Duration = Duration::from_millis(800);

/// What the presence service knows of the people that it was asked about. Who is missing is offline.
#[derive(Debug, Default)]
pub(crate) struct Known(HashMap<UserId, UserPresence>);

impl Known {
    /// What others see of somebody.
    pub(crate) fn row(&self, one: Acquaintance) -> PresenceRow {
        let said = self.0.get(&one.user_id);
        let status = said.map_or(PresenceStatus::Offline, |said| said.status);
        PresenceRow::new(one.user_id, status, one.last_seen.max(said.and_then(|said| said.last_seen)))
    }
}

impl Known {
    /// Whether somebody is here, as far as others may see it.
    pub(crate) fn is_here(&self, user: UserId) -> bool {
        self.0.get(&user).is_some_and(|said| said.status.is_online())
    }
}

/// Asks the presence service about these people.
pub(crate) async fn ask(app: &App, people: &[UserId]) -> Result<Known, ApiError> {
    let asked = tokio::time::timeout(ASK_TIMEOUT, ask_all(app.asker.bus(), people)).await;
    let known = asked.unwrap_or_else(|_| Err(RpcError::Unavailable("no answer in time".to_owned())));
    known.map_err(|error| {
        tracing::warn!(%error, "presence is not known");
        ApiError::Unavailable("the presence service does not answer")
    })
}

async fn ask_all(bus: &Bus, people: &[UserId]) -> Result<Known, RpcError> {
    let mut known = HashMap::new();
    for page in people.chunks(MAX_SNAPSHOT_USERS) {
        let request = SnapshotRequest { user_ids: page.to_vec() };
        let answer: SnapshotResponse = rpc::call(bus, "presence", "snapshot", &request, ASK_TIMEOUT).await?;
        known.extend(answer.users.into_iter().map(|said| (said.user_id, said)));
    }
    Ok(Known(known))
}

/// Tells all gateways what somebody chose to show.
pub(crate) async fn tell(app: &App, choice: Choice) {
    let payload = serde_json::to_vec(&choice).expect("a choice is plain data");
    let told = app.asker.bus().client().publish(subjects::PRESENCE_STATUS, payload.into()).await;
    if let Err(error) = told {
        // It is written: each gateway reads it when its connection is disturbed, as ours must be.
        tracing::warn!(%error, "a choice could not be told");
    }
}

/// Sets `is_online` and `last_seen` of everyone in rows that the caller has just read; null where the caller may not
/// know. Never fails: as long as the presence service does not answer, `is_online` is null everywhere.
pub(crate) async fn fill(app: &App, caller: UserId, rows: &mut [Conversation]) {
    let (visible, known) = look(app, caller, Seen::of(caller, rows)).await;
    for row in rows {
        fill_row(row, &visible, known.as_ref());
    }
}

/// The same for some people of one conversation.
pub(crate) async fn fill_people(app: &App, caller: UserId, of: Gathering, people: &mut [Participant]) {
    let (visible, known) = look(app, caller, Seen::among(caller, of, people)).await;
    fill_each(of.participant_count, people, &visible, known.as_ref());
}

/// What has to be known of a conversation to tell who in it may see whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gathering {
    pub(crate) kind: ConversationKind,
    pub(crate) participant_count: i64,
}

/// Whom the caller may see, and what is known of them.
async fn look(app: &App, caller: UserId, Seen { visible, doubtful }: Seen) -> (HashSet<UserId>, Option<Known>) {
    let people: Vec<UserId> = visible.union(&doubtful).copied().collect();
    let (known, acquaintances, blocked) =
        tokio::join!(ask(app, &people), visible_among(app, caller, &doubtful), blocked_among(app, caller, &people));
    let mut visible: HashSet<UserId> = visible.into_iter().chain(acquaintances).collect();
    visible.retain(|one| !blocked.contains(one));
    (visible, known.ok())
}

/// Those between whom and the caller a block stands; everybody else, if that cannot be known.
async fn blocked_among(app: &App, caller: UserId, people: &[UserId]) -> HashSet<UserId> {
    let blocked = app.within(blocks::among(app.database.pool(), caller, people)).await;
    let blocked = blocked.inspect_err(|error| tracing::warn!("who has blocked whom is not known: {error}"));
    let others = || people.iter().copied().filter(|one| *one != caller).collect();
    blocked.map_or_else(|_| others(), |blocked| blocked.into_iter().collect())
}

/// Those of whom rows alone do not say whether the caller may see them.
async fn visible_among(app: &App, caller: UserId, doubtful: &BTreeSet<UserId>) -> Vec<UserId> {
    if doubtful.is_empty() {
        return Vec::new();
    }
    let asked: Vec<UserId> = doubtful.iter().copied().collect();
    let found = app.within(chat_store::presence::visible_among(app.database.pool(), caller, &asked)).await;
    let found = found.inspect_err(|error| tracing::warn!("who may be seen is not known: {error}"));
    found.unwrap_or_default().into_iter().map(|one| one.user_id).collect()
}

fn fill_row(row: &mut Conversation, visible: &HashSet<UserId>, known: Option<&Known>) {
    fill_each(row.participant_count, &mut row.participants, visible, known);
}

fn fill_each(count: i64, people: &mut [Participant], visible: &HashSet<UserId>, known: Option<&Known>) {
    let has_presence = count <= MAX_PRESENCE_PARTICIPANTS;
    for one in people {
        if !has_presence || !visible.contains(&one.id) {
            (one.is_online, one.last_seen) = (None, None);
        } else if let Some(known) = known {
            let shown = known.row(Acquaintance { user_id: one.id, last_seen: one.last_seen });
            (one.is_online, one.last_seen) = (Some(shown.is_online), shown.last_seen);
        }
    }
}

/// The people of some rows.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// Whom the caller may see.
    visible: BTreeSet<UserId>,
    /// Of whom that is not known yet: in a direct conversation that the caller has opened they may not have said anything.
    doubtful: BTreeSet<UserId>,
}

impl Seen {
    fn of(caller: UserId, rows: &[Conversation]) -> Self {
        let mut seen = Self { visible: BTreeSet::new(), doubtful: BTreeSet::new() };
        for row in rows.iter().filter(|row| row.participant_count <= MAX_PRESENCE_PARTICIPANTS) {
            let is_opener = |one: &Participant| one.id == caller && one.role == ConversationRole::Owner;
            let is_doubtful = row.kind == ConversationKind::Direct && row.participants.iter().any(is_opener);
            for one in &row.participants {
                let is_visible = one.id == caller || !is_doubtful;
                let people = if is_visible { &mut seen.visible } else { &mut seen.doubtful };
                people.insert(one.id);
            }
        }
        seen.doubtful.retain(|id| !seen.visible.contains(id));
        seen
    }

    /// Of a direct conversation a part alone does not tell who opened it: nobody but the caller is sure.
    fn among(caller: UserId, of: Gathering, people: &[Participant]) -> Self {
        let mut seen = Self { visible: BTreeSet::new(), doubtful: BTreeSet::new() };
        if of.participant_count <= MAX_PRESENCE_PARTICIPANTS {
            for one in people {
                let is_visible = one.id == caller || of.kind != ConversationKind::Direct;
                let people = if is_visible { &mut seen.visible } else { &mut seen.doubtful };
                people.insert(one.id);
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests;
