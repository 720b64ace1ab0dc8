//! Somebody who does one thing after the other over REST, drawn by chance, and notes what came of it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng, SeedableRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use super::{Said, World};
use crate::client::Person;
use crate::history::{Answer, Change, Event, Over, Proc, Request, Via, Who, digest};

/// Between two things.
const PAUSE_MS: std::ops::Range<u64> = 20..120;
/// Messages to choose from are the newest so many.
const NEAR: usize = 30;
/// The longest that a request may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// How often something that must be done is tried.
const TRIES: usize = 60;

/// Somebody who acts.
#[derive(Debug)]
pub struct Mouth {
    world: Arc<World>,
    number: usize,
    rng: StdRng,
    files: reqwest::Client,
    count: u64,
    /// Whether the owner has sent the last one away.
    is_away: bool,
    has_blocked: bool,
}

/// How something ended.
enum Ended {
    Ok(Value),
    Fail(String),
    Info(String),
}

impl Mouth {
    pub fn new(world: Arc<World>, number: usize, seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed.wrapping_mul(31).wrapping_add(number as u64));
        // Another's connection to a killed server must not be used again.
        let files = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(REQUEST_LIMIT).build();
        let files = files.expect("a client without certificates of its own can be built");
        Self { world, number, rng, files, count: 0, is_away: false, has_blocked: false }
    }

    pub fn number(&self) -> usize {
        self.number
    }

    /// Until all is over.
    pub async fn run(mut self) -> Result<Self> {
        while !*self.world.is_over.borrow() {
            self.act().await?;
            let pause = self.rng.random_range(PAUSE_MS);
            sleep(Duration::from_millis(pause)).await;
        }
        Ok(self)
    }

    async fn act(&mut self) -> Result<()> {
        let conv = self.world.conv;
        match self.rng.random_range(0..100) {
            0..45 => self.say(None).await,
            45..55 => {
                let Some(said) = self.any(true) else { return Ok(()) };
                self.count += 1;
                let text = format!("{} edited {}-{}", said.word, self.number, self.count);
                let change = Change::Edit { id: said.id, sha256: digest(&text) };
                self.change(change, Method::PATCH, &format!("messages/{}/", said.id), Some(json!({"content": text})))
                    .await
            }
            55..60 => {
                let Some(said) = self.any(true) else { return Ok(()) };
                self.change(Change::Delete { id: said.id }, Method::DELETE, &format!("messages/{}/", said.id), None)
                    .await
            }
            60..72 => {
                let Some(said) = self.any(false) else { return Ok(()) };
                let (path, body) = (format!("conversations/{conv}/mark_as_read/"), json!({"up_to": said.seq}));
                let mark = Request::Mark { conv, up_to: said.seq };
                self.ask(mark, Method::PATCH, &path, Some(body), unread).await.map(|_| ())
            }
            72..84 => {
                let path = format!("conversations/{conv}/");
                self.ask(Request::Count { conv }, Method::GET, &path, None, unread).await.map(|_| ())
            }
            84..90 => {
                let Some(said) = self.any(false) else { return Ok(()) };
                let path = format!("messages/?conversation={conv}&search={}", said.word);
                self.ask(Request::Search { conv, id: said.id }, Method::GET, &path, None, found).await.map(|_| ())
            }
            90..93 => self.send_file().await,
            93..97 => self.fetch_file().await,
            _ => self.meddle().await,
        }
    }

    /// The owner removes the last one and lets them in again; the second blocks the third, once.
    async fn meddle(&mut self) -> Result<()> {
        let last = self.world.people.last().map_or(0, |person| person.id);
        let conv = self.world.conv;
        match self.number {
            0 if self.is_away => self.add(last).await.map(|_| ()),
            0 => {
                self.is_away = true;
                let path = format!("conversations/{conv}/participants/{last}/");
                self.change(Change::Remove { user: last }, Method::DELETE, &path, None).await
            }
            1 if !self.has_blocked => {
                self.has_blocked = true;
                let user = self.world.people[2].id;
                self.change(Change::Block { user }, Method::PUT, &format!("blocks/{user}/"), None).await
            }
            _ => Ok(()),
        }
    }

    async fn add(&mut self, user: u64) -> Result<bool> {
        let conv = self.world.conv;
        let path = format!("conversations/{conv}/participants/");
        let request = Request::Change { conv, change: Change::Add { user } };
        let body = json!({"user_ids": [user]});
        let is_in = self.ask(request, Method::POST, &path, Some(body), |_| Some(Answer::Done)).await?;
        self.is_away = !is_in;
        Ok(is_in)
    }

    /// What must be done before everybody goes: somebody is let in.
    pub async fn until_done(&mut self, request: Request) -> Result<()> {
        let Request::Change { change: Change::Add { user }, .. } = request else { bail!("nothing to be insisted on") };
        for _ in 0..TRIES {
            if !self.is_away || self.add(user).await? {
                return Ok(());
            }
            sleep(Duration::from_millis(PAUSE_MS.end)).await;
        }
        bail!("user {user} could not be let in again")
    }

    async fn say(&mut self, attachment: Option<Uuid>) -> Result<()> {
        self.count += 1;
        let (conv, me) = (self.world.conv, self.me().id);
        let word = format!("wort{me}n{}", self.count);
        // Names are each sender's own: the others use the same.
        let (content, client_id) = (format!("{word} is said"), format!("affair-{}", self.count));
        let mut body = json!({"content": content, "client_id": client_id});
        if let Some(id) = attachment {
            body["attachment_ids"] = json!([id]);
        }
        let send = Request::Send { conv, client_id: Some(client_id), sha256: digest(&content), over: Over::Rest };
        let op = self.begin(send);
        let path = format!("conversations/{conv}/send_message/");
        let (ended, status) = self.call(Method::POST, &path, Some(&body)).await;
        let is_new = status.map(|status| status == StatusCode::CREATED);
        let stored = self.end(op, ended, |answer| {
            let (id, seq) = (answer["id"].as_str()?.parse().ok()?, answer["seq"].as_i64()?);
            Some(Answer::Sent { conv, id, seq, is_new })
        });
        if let Some(Answer::Sent { id, seq, .. }) = stored {
            self.world.said.lock().push(Said { id, seq, sender: me, word, attachment });
        }
        Ok(())
    }

    async fn send_file(&mut self) -> Result<()> {
        self.count += 1;
        let bytes = format!("file {} of {}\n", self.count, self.number).repeat(20);
        let op = self.begin(Request::Upload { sha256: digest(&bytes) });
        let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"notes.txt\"\r\n\r\n";
        let form = format!("{head}{bytes}\r\n--b--\r\n");
        let url = format!("{}/api/chat/attachments/", self.world.api_url);
        let request = self.files.post(url).bearer_auth(&self.me().token).body(form);
        let answer = request.header("content-type", "multipart/form-data; boundary=b").send().await;
        let ended = match answer {
            Err(error) => Ended::Info(error.to_string()),
            Ok(response) => {
                let status = response.status();
                let body: Value = response.json().await.unwrap_or(Value::Null);
                outcome(status, body)
            }
        };
        let taken = self.end(op, ended, |answer| Some(Answer::Uploaded { id: answer["id"].as_str()?.parse().ok()? }));
        match taken {
            Some(Answer::Uploaded { id }) => self.say(Some(id)).await,
            _ => Ok(()),
        }
    }

    async fn fetch_file(&mut self) -> Result<()> {
        let file = self.world.said.lock().iter().rev().filter_map(|said| said.attachment).nth(0);
        let Some(attachment) = file else { return Ok(()) };
        let op = self.begin(Request::Fetch { conv: self.world.conv, attachment });
        let url = format!("{}/api/chat/attachments/{attachment}/", self.world.api_url);
        let ended = match self.files.get(url).bearer_auth(&self.me().token).send().await {
            Err(error) => Ended::Info(error.to_string()),
            Ok(response) if response.status().is_success() => match response.text().await {
                Ok(text) => Ended::Ok(json!({"sha256": digest(&text)})),
                Err(error) => Ended::Info(error.to_string()),
            },
            Ok(response) => {
                let status = response.status();
                outcome(status, response.json().await.unwrap_or(Value::Null))
            }
        };
        self.end(op, ended, |answer| Some(Answer::Fetched { sha256: answer["sha256"].as_str()?.to_owned() }));
        Ok(())
    }

    /// Reads a list to its end.
    pub async fn read_list(&self, via: Via) {
        let conv = self.world.conv;
        let op = self.begin(Request::Read { conv, via, after_seq: 0 });
        match self.world.doors.api.read_list(self.me(), conv, via, 0).await {
            Ok(list) => {
                list.rows.into_iter().for_each(|row| self.note(op, Event::Recv(row)));
                let answer = Answer::Read { first_seq: list.first_seq, last_seq: list.last_seq };
                self.note(op, Event::Ok(answer));
            }
            Err(error) => self.note(op, Event::Info { reason: format!("{error:#}") }),
        }
    }

    /// One of the newest messages.
    fn any(&mut self, is_own: bool) -> Option<Said> {
        let me = self.me().id;
        let said = self.world.said.lock();
        let near: Vec<&Said> = said.iter().rev().take(NEAR).filter(|said| !is_own || said.sender == me).collect();
        near.choose(&mut self.rng).map(|said| (*said).clone())
    }

    async fn change(&mut self, change: Change, method: Method, path: &str, body: Option<Value>) -> Result<()> {
        let request = Request::Change { conv: self.world.conv, change };
        self.ask(request, method, path, body, |_| Some(Answer::Done)).await.map(|_| ())
    }

    /// Whether it was answered as a success.
    async fn ask(
        &mut self,
        request: Request,
        method: Method,
        path: &str,
        body: Option<Value>,
        read: impl FnOnce(&Value) -> Option<Answer>,
    ) -> Result<bool> {
        let op = self.begin(request);
        let (ended, _) = self.call(method, path, body.as_ref()).await;
        let is_ok = matches!(ended, Ended::Ok(_));
        let answer = self.end(op, ended, read);
        (!is_ok || answer.is_some()).then_some(is_ok).with_context(|| format!("an answer of {path} lacks what it has"))
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (Ended, Option<StatusCode>) {
        let path = format!("/api/chat/{path}");
        match self.world.doors.api.send(method, &path, Some(&self.me().token), body).await {
            Ok((status, answer)) => (outcome(status, answer), Some(status)),
            Err(error) => (Ended::Info(format!("{error:#}")), None),
        }
    }

    fn me(&self) -> &Person {
        &self.world.people[self.number]
    }

    fn begin(&self, request: Request) -> u64 {
        let op = self.world.recorder.fresh_id();
        self.note(op, Event::Invoke(request));
        op
    }

    fn end(&self, op: u64, ended: Ended, read: impl FnOnce(&Value) -> Option<Answer>) -> Option<Answer> {
        let (event, answer) = match ended {
            Ended::Ok(body) => match read(&body) {
                Some(answer) => (Event::Ok(answer.clone()), Some(answer)),
                None => (Event::Info { reason: "an answer that says nothing".to_owned() }, None),
            },
            Ended::Fail(code) => (Event::Fail { code }, None),
            Ended::Info(reason) => (Event::Info { reason }, None),
        };
        self.note(op, event);
        answer
    }

    fn note(&self, op: u64, event: Event) {
        let who = Who { user: self.me().id, dev: 0, conn: None };
        self.world.recorder.note(Proc::Reader, who, Some(op), event);
    }
}

/// A refusal has not happened and never will; an outage says nothing about that.
fn outcome(status: StatusCode, body: Value) -> Ended {
    if status.is_success() {
        return Ended::Ok(body);
    }
    let code = body["code"].as_str().map_or_else(|| status.as_str().to_owned(), str::to_owned);
    let is_unknown = body["outcome"] == "unknown" || (status.is_server_error() && body["code"].is_null());
    if is_unknown { Ended::Info(code) } else { Ended::Fail(code) }
}

fn unread(answer: &Value) -> Option<Answer> {
    Some(Answer::Unread { count: answer["unread_count"].as_i64()? })
}

fn found(answer: &Value) -> Option<Answer> {
    let ids = answer["results"].as_array()?.iter().filter_map(|row| row["id"].as_str()?.parse().ok());
    Some(Answer::Found { ids: ids.collect() })
}
