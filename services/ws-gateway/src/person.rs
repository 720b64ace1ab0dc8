//! One person with a `/ws/` or `/ws/presence/` socket here: the subscription to what concerns that person alone, and the
//! sockets that follow it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chat_protocol::ids::UserId;
use chat_protocol::live::UserNews;
use parking_lot::Mutex;

use crate::backlog::{Backlog, Overtaken};
use crate::mailbox::Mailbox;

/// News that sockets may be behind by; then they ask for everything again.
const MAX_NEWS: usize = 1024;

static NEXT_FOLLOWER: AtomicU64 = AtomicU64::new(0);

/// A person with followers.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub id: UserId,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    news: Backlog<UserNews>,
    /// The membership version that the database was last said to have.
    told_version: i64,
    followers: HashMap<u64, Arc<Mailbox>>,
}

impl Person {
    /// A person whom nobody follows.
    #[must_use]
    pub fn new(id: UserId) -> Self {
        let state = State { news: Backlog::new(MAX_NEWS), told_version: 0, followers: HashMap::new() };
        Self { id, state: Mutex::new(state) }
    }

    /// Takes news in.
    pub fn tell(&self, news: UserNews) {
        let mut state = self.state.lock();
        state.news.push(news);
        state.wake_all();
    }

    /// The database is said to have this membership version: whoever has an older one has missed news.
    pub fn tell_version(&self, version: i64) {
        let mut state = self.state.lock();
        if version > state.told_version {
            state.told_version = version;
            state.wake_all();
        }
    }

    /// Whether nobody follows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.lock().followers.is_empty()
    }

    /// From now on the mailbox is woken with all news, until the following is dropped.
    #[must_use]
    pub fn follow(self: &Arc<Self>, mailbox: Arc<Mailbox>) -> Following {
        let number = NEXT_FOLLOWER.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state.lock();
        state.followers.insert(number, mailbox);
        Following { person: self.clone(), number, read: state.news.newest() }
    }
}

impl State {
    fn wake_all(&self) {
        for mailbox in self.followers.values() {
            mailbox.tell();
        }
    }
}

/// A socket's place with its person.
#[derive(Debug)]
pub struct Following {
    person: Arc<Person>,
    number: u64,
    read: u64,
}

impl Following {
    /// What is new since the last call. Overtaken: something was missed.
    pub fn take_news(&mut self) -> Result<Vec<UserNews>, Overtaken> {
        let state = self.person.state.lock();
        let news = state.news.read_after(self.read);
        self.read = state.news.newest();
        news
    }

    /// The membership version that the database was last said to have.
    #[must_use]
    pub fn told_version(&self) -> i64 {
        self.person.state.lock().told_version
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.person.state.lock().followers.remove(&self.number);
    }
}
