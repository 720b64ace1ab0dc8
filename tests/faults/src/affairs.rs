//! The other load: a few people in a conversation of their own who edit, delete, mark, count, search, send files, type, remove each other
//! and block each other, one thing after the other, while the rest of the load only talks. It shows the judge what messages alone do not.

mod ear;
mod mouth;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::client::Person;
use crate::history::{Change, Recorder, Request, Via};
use crate::people::Doors;
use ear::Ear;
use mouth::Mouth;

/// How many people.
const PEOPLE: usize = 4;
/// How long they may take to come to an end.
const END_LIMIT: Duration = Duration::from_mins(1);

/// A message that was acknowledged.
#[derive(Debug, Clone)]
struct Said {
    id: Uuid,
    seq: i64,
    sender: u64,
    /// That it alone has.
    word: String,
    attachment: Option<Uuid>,
}

/// What they all know.
#[derive(Debug)]
struct World {
    doors: Doors,
    api_url: String,
    recorder: Arc<Recorder>,
    people: Vec<Person>,
    conv: Uuid,
    said: Mutex<Vec<Said>>,
    /// Who comes back no more once the socket has ended.
    gone: watch::Sender<Option<usize>>,
    /// Whether nothing new is to be done.
    is_over: watch::Sender<bool>,
    /// Whether ears are to close.
    is_silent: watch::Sender<bool>,
}

impl World {
    /// Until ears are to close.
    async fn until_silent(&self) {
        let mut is_silent = self.is_silent.subscribe();
        // The sender is this world's own: it does not go before.
        let _ = is_silent.wait_for(|is_silent| *is_silent).await;
    }
}

/// The people and what they do.
#[derive(Debug)]
pub struct Affairs {
    world: Arc<World>,
    mouths: JoinSet<Result<Mouth>>,
    ears: JoinSet<()>,
}

impl Affairs {
    /// Four new people sit down and begin, each with the chances of this seed.
    pub async fn begin(doors: &Doors, api_url: &str, recorder: &Arc<Recorder>, seed: u64) -> Result<Self> {
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            people.push(doors.api.register(&format!("affair-{number}")).await?);
        }
        let others: Vec<u64> = people.iter().skip(1).map(|person| person.id).collect();
        let conv = doors.api.create_group(&people[0], &others).await?;
        let world = Arc::new(World {
            doors: doors.clone(),
            api_url: api_url.to_owned(),
            recorder: Arc::clone(recorder),
            people,
            conv,
            said: Mutex::default(),
            gone: watch::Sender::new(None),
            is_over: watch::Sender::new(false),
            is_silent: watch::Sender::new(false),
        });
        let (mut mouths, mut ears) = (JoinSet::new(), JoinSet::new());
        for number in 0..PEOPLE {
            mouths.spawn(Mouth::new(Arc::clone(&world), number, seed).run());
            ears.spawn(Ear::new(Arc::clone(&world), number, Some(conv)).run());
        }
        // Somebody who watches who is there.
        ears.spawn(Ear::new(Arc::clone(&world), 0, None).run());
        Ok(Self { world, mouths, ears })
    }

    /// This one listens no more once the socket of now has ended.
    pub fn send_home(&self, number: usize) {
        self.world.gone.send_replace(Some(number));
    }

    /// What was begun is finished; everybody is let in again, reads everything and goes.
    pub async fn end(mut self) -> Result<()> {
        self.world.is_over.send_replace(true);
        let mut mouths = Vec::new();
        while let Some(mouth) = timeout(END_LIMIT, self.mouths.join_next()).await.context("somebody does not end")? {
            mouths.push(mouth.context("somebody's task has failed")??);
        }
        mouths.sort_by_key(Mouth::number);
        let last = self.world.people.last().context("nobody there")?.id;
        if let Some(owner) = mouths.first_mut() {
            let back = Request::Change { conv: self.world.conv, change: Change::Add { user: last } };
            owner.until_done(back).await?;
        }
        for mouth in &mouths {
            for via in Via::LISTS {
                mouth.read_list(via).await;
            }
        }
        self.world.is_silent.send_replace(true);
        while timeout(END_LIMIT, self.ears.join_next()).await.context("somebody does not stop listening")?.is_some() {}
        Ok(())
    }
}
