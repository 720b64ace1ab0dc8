//! Very many sockets, each in one conversation: what idle, churn and reconnect have in common.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use chat_protocol::ids::ConversationId;
use futures_util::{StreamExt as _, stream};

use crate::memory::ensure_files;
use crate::opening::{Door, Way};
use crate::people::{self, Seat, Size};
use crate::receivers::{Audience, Listener};
use crate::run_file::RunFile;

/// Messages of one conversation that are kept in mind.
const MAX_MESSAGES: usize = 1024;

/// Who is there, and what they listen to.
pub(crate) struct Crowd {
    gateways: Vec<SocketAddr>,
    pub(crate) seats: Vec<Seat>,
    pub(crate) is_socketio: bool,
    /// Whether each socket is a person's, for all of their conversations.
    is_everywhere: bool,
    pub(crate) audiences: HashMap<ConversationId, Arc<Audience>>,
}

impl Crowd {
    /// People and conversations for so many sockets, with so many in each conversation.
    pub(crate) async fn gather(
        run_file: &RunFile,
        path: &Path,
        sockets: u32,
        members: u32,
        is_socketio: bool,
    ) -> anyhow::Result<Self> {
        ensure_files(sockets.into(), &run_file.ws_gateway.pids)?;
        let size = Size { conversations: sockets.div_ceil(members) as usize, members: members as usize };
        let mut seats = people::seed(run_file, path, size, size.conversations * size.members).await?;
        seats.truncate(sockets as usize);
        Self::of(run_file, seats, is_socketio, false)
    }

    /// So many people, each with one socket for all of their conversations, which are so many.
    pub(crate) async fn gather_everywhere(
        run_file: &RunFile,
        path: &Path,
        sockets: u32,
        members: u32,
        memberships: u32,
    ) -> anyhow::Result<Self> {
        ensure_files(sockets.into(), &run_file.ws_gateway.pids)?;
        let size =
            Size { conversations: (sockets * memberships).div_ceil(members) as usize, members: members as usize };
        let mut seats = people::seed(run_file, path, size, sockets as usize).await?;
        let mut known = HashSet::new();
        seats.retain(|seat| known.insert(seat.user));
        Self::of(run_file, seats, false, true)
    }

    fn of(run_file: &RunFile, seats: Vec<Seat>, is_socketio: bool, is_everywhere: bool) -> anyhow::Result<Self> {
        let gateways = run_file.gateways()?;
        Ok(Self { gateways, seats, is_socketio, is_everywhere, audiences: HashMap::new() })
    }

    /// The door of a socket; `after` is where it resumes.
    pub(crate) fn door(&self, index: usize, after: Option<u64>) -> Door {
        let seat = &self.seats[index];
        let mut way = if self.is_everywhere { Way::everywhere() } else { Way::to(seat.conversation, self.is_socketio) };
        if let (Way::Plain { path }, Some(after)) = (&mut way, after) {
            *path = format!("{path}?after_seq={after}");
        }
        Door { gateway: self.gateways[index % self.gateways.len()], index, token: seat.token.clone(), way }
    }

    /// Opens all, so many at once, and hands each over.
    pub(crate) async fn open(
        &mut self,
        at_once: usize,
        mut each: impl FnMut(usize, Listener) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let doors: Vec<_> = (0..self.seats.len()).map(|index| (index, self.door(index, None))).collect();
        let opening = doors.into_iter().map(|(index, door)| async move { (index, door.open().await) });
        let mut opened = stream::iter(opening).buffer_unordered(at_once);
        while let Some((index, opened)) = opened.next().await {
            let opened = opened.with_context(|| format!("socket {index}"))?;
            let next = opened.last_seq.unwrap_or_default() + 1;
            let audience = self.audience(index, next);
            each(index, Listener::new(opened.stream, &opened.rest, next, audience))?;
        }
        Ok(())
    }

    /// Those who listen to the same conversation; the first of them says from where on.
    fn audience(&mut self, index: usize, next: u64) -> Arc<Audience> {
        let conversation = self.seats[index].conversation;
        let members = self.seats.iter().filter(|seat| seat.conversation == conversation);
        let audiences = &mut self.audiences;
        audiences
            .entry(conversation)
            .or_insert_with(|| {
                let receivers = u32::try_from(members.count()).unwrap_or(u32::MAX);
                Arc::new(Audience::new(next, receivers, MAX_MESSAGES))
            })
            .clone()
    }
}
