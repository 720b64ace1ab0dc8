//! Reads in the history as clients and gateways do, one request after the other: once only what the database does, with the functions
//! that the api calls, and once the whole answer of the api.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chat_auth::{Bearer, Rules, Signer};
use chat_bus::{Bus, NatsOptions, rpc};
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rest::PlatformRole;
use chat_protocol::rpc::{EventsAfterRequest, EventsAfterResponse};
use chat_store::conversations::{self, ListFilter, ListWindow};
use chat_store::messages::{self, END, Window};
use chat_store::{Database, log, reads};
use chrono::Utc;
use rand::Rng as _;
use serde::Serialize;

use super::load::name_of;
use super::past::{Past, conversation, rank_of};
use crate::latency::{Latencies, Summary};
use crate::run_file::RunFile;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long tokens are good.
const TOKEN_TTL: Duration = Duration::from_hours(1);
/// A page, and what is read of one: a row more.
const PAGE: u32 = 50;
const ROWS: u32 = PAGE + 1;
/// The rows that are read for the page of a list of conversations.
const LISTED: u32 = 51;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Conversations,
    ConversationsByName,
    Newest,
    Older,
    Newer,
    Around,
    Events,
    Resume,
    Unread,
}

impl Read {
    const ALL: [(Self, &str); 9] = [
        (Self::Conversations, "conversations, first"),
        (Self::ConversationsByName, "conversations, by name"),
        (Self::Newest, "history, newest"),
        (Self::Older, "history, older"),
        (Self::Newer, "history, newer"),
        (Self::Around, "history, around"),
        (Self::Events, "events"),
        (Self::Resume, "resume"),
        (Self::Unread, "unread"),
    ];
}

/// Somebody, and a place in one of their conversations: where a message was said, drawn evenly from all.
#[derive(Debug, Clone)]
struct Place {
    user: UserId,
    conversation: ConversationId,
    last: Seq,
    /// With a page before and after it.
    seq: Seq,
}

/// How long one of them took, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    #[serde(skip)]
    read: &'static str,
    /// The statements alone, over one connection, with their way there and back.
    statements_ms: Summary,
    /// The whole answer of the api.
    answer_ms: Summary,
}

impl Figure {
    /// As it is called in what is written for programs: `history_newest`.
    pub(super) fn name(&self) -> String {
        self.read.replace(", ", "_").replace(' ', "_")
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, statements_ms: alone, answer_ms: whole } = self;
        write!(text, "{read:34} {:14.2} {:8.2} {:12.2} {:8.2}", alone.p50, alone.p99, whole.p50, whole.p99)
    }
}

/// Everything that is read with.
pub(super) struct Reader<'a> {
    past: &'a Past,
    messages: u64,
    http: reqwest::Client,
    base: String,
    signer: Signer,
    bus: Bus,
    database: Database,
}

impl<'a> Reader<'a> {
    /// Over one connection each.
    pub(super) async fn open(run: &RunFile, past: &'a Past, messages: u64) -> anyhow::Result<Self> {
        let options = NatsOptions {
            url: run.nats_url()?.to_owned(),
            user: None,
            password: None,
            name: format!("chat-bench-{:08x}", rand::random::<u32>()),
        };
        let bus = Bus::connect(&options).await?;
        bus.flush().await.context("NATS does not answer")?;
        Ok(Self {
            past,
            messages,
            http: reqwest::Client::builder().timeout(PATIENCE).build()?,
            base: run.api_url()?,
            signer: Signer::hs256(run.jwt_secret.as_bytes(), Rules::default(), TOKEN_TTL),
            bus,
            database: Database::new(&run.postgres.url, 1)?,
        })
    }

    /// Each read so many times at places of their own, after so many that are not counted.
    pub(super) async fn measure(&self, requests: u32, uncounted: u32) -> anyhow::Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for (read, name) in Read::ALL {
            let (mut statements, mut answers) = (Latencies::default(), Latencies::default());
            for number in 0..uncounted + requests {
                let took = self.state(read, &self.draw()).await?;
                let answered = self.ask(read, &self.draw()).await?;
                if number >= uncounted {
                    statements.record(took);
                    answers.record(answered);
                }
            }
            figures.push(Figure { read: name, statements_ms: statements.summary(), answer_ms: answers.summary() });
        }
        Ok(figures)
    }

    /// Where there is a page on either side.
    fn draw(&self) -> Place {
        let mut rng = rand::rng();
        loop {
            let rank = rank_of(rng.random_range(0..self.messages));
            let count = self.past.count(rank);
            if count > 2 * ROWS {
                let seq = Seq(rng.random_range(ROWS..count - ROWS).into());
                let user = self.past.someone(rank, rng.random());
                return Place { user, conversation: conversation(rank), last: Seq(i64::from(count) + 1), seq };
            }
        }
    }

    /// Does what the api does in the database.
    async fn state(&self, read: Read, place: &Place) -> anyhow::Result<Duration> {
        let Place { user, conversation, last, seq } = *place;
        let pool = self.database.pool();
        let begun = Instant::now();
        let rows = match read {
            Read::Conversations | Read::ConversationsByName => {
                let search = (read == Read::ConversationsByName).then(|| name_of(user));
                let filter = ListFilter { search, ..ListFilter::default() };
                conversations::list(pool, user, &filter, ListWindow::Older(None), LISTED).await?.len()
            }
            Read::Newest => self.page(place, Window::Before(END)).await?,
            Read::Older => self.page(place, Window::Before(seq)).await?,
            Read::Newer => self.page(place, Window::After(seq)).await?,
            Read::Around => {
                let half = PAGE / 2 + 1;
                let older = messages::list(pool, user, conversation, Window::Before(Seq(seq.0 + 1)), half).await?;
                let newer = messages::list(pool, user, conversation, Window::After(seq), half).await?;
                older.map_or(0, |rows| rows.len()) + newer.map_or(0, |rows| rows.len())
            }
            Read::Events | Read::Resume => {
                let after = if read == Read::Events { seq } else { Seq(last.0 - i64::from(PAGE)) };
                let stretch = log::stretch(pool, conversation, Some(user), Window::After(after), ROWS).await?;
                stretch.map_or(0, |stretch| stretch.events.len())
            }
            Read::Unread => reads::unread(pool, user).await?.conversations.len().max(1),
        };
        let took = begun.elapsed();
        ensure!(rows > 0, "nothing was read: {read:?} {place:?}");
        Ok(took)
    }

    async fn page(&self, place: &Place, window: Window) -> anyhow::Result<usize> {
        let rows = messages::list(self.database.pool(), place.user, place.conversation, window, ROWS).await?;
        Ok(rows.map_or(0, |rows| rows.len()))
    }

    /// Asks the api.
    async fn ask(&self, read: Read, place: &Place) -> anyhow::Result<Duration> {
        let Place { user, conversation, last, seq } = place;
        let all = format!("/api/chat/conversations/{conversation}");
        let path = match read {
            Read::Conversations => "/api/chat/conversations/?page_size=50".to_owned(),
            Read::ConversationsByName => format!("/api/chat/conversations/?page_size=50&search={}", name_of(*user)),
            Read::Newest => format!("{all}/messages/?page_size={PAGE}"),
            Read::Older => format!("{all}/messages/?page_size={PAGE}&before_seq={seq}"),
            Read::Newer => format!("{all}/messages/?page_size={PAGE}&after_seq={seq}"),
            Read::Around => format!("{all}/messages/?page_size={PAGE}&around={seq}"),
            Read::Events => format!("{all}/events/?page_size={PAGE}&after_seq={seq}"),
            Read::Resume => return self.resume(place, Seq(last.0 - i64::from(PAGE))).await,
            Read::Unread => "/api/chat/unread/".to_owned(),
        };
        let name = name_of(*user);
        let bearer = Bearer { user_id: *user, name, role: PlatformRole::Client, avatar_url: None, family: None };
        let token = self.signer.access_token(&bearer, Utc::now(), TOKEN_TTL);
        // Whoever is new to the api is made known to it first.
        self.get("/api/chat/blocks/", &token).await?;
        self.get(&path, &token).await
    }

    async fn get(&self, path: &str, token: &str) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        let answer = self.http.get(format!("{}{path}", self.base)).bearer_auth(token).send().await?;
        let body = answer.error_for_status()?.bytes().await?;
        let took = begun.elapsed();
        ensure!(!body.is_empty(), "{path}: nothing");
        Ok(took)
    }

    /// As a gateway does for a socket that comes back.
    async fn resume(&self, place: &Place, after_seq: Seq) -> anyhow::Result<Duration> {
        let request = EventsAfterRequest {
            conversation_id: place.conversation,
            user_id: Some(place.user),
            after_seq,
            limit: 500,
        };
        let begun = Instant::now();
        let answer: EventsAfterResponse = rpc::call(&self.bus, "api", "events_after", &request, PATIENCE).await?;
        let took = begun.elapsed();
        ensure!(answer.events.len() == PAGE as usize, "{} events", answer.events.len());
        Ok(took)
    }
}
