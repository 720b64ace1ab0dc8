//! `chatctl tail`: what happens in conversations, a line an event, from the stream of events.

mod line;

use std::collections::HashMap;
use std::io::{self, ErrorKind, Write as _};
use std::time::Duration;

use anyhow::{Context as _, bail};
use chat_bus::tail::{EventTail, Start};
use chat_bus::{Bus, BusError};
use chat_protocol::ids::{ConversationId, Seq};
use chat_runtime::backoff::Backoff;
use chat_runtime::config::NatsSection;
use chrono::{DateTime, Utc};
use clap::Args;

use self::line::Line;
use crate::settings::{connect, parse_since};

/// How many conversations are remembered, to tell a repetition by.
const REMEMBERED: usize = 100_000;

#[derive(Debug, Args)]
pub(crate) struct Tail {
    #[command(flatten)]
    nats: NatsSection,
    /// Only this conversation
    #[arg(long)]
    conversation: Option<ConversationId>,
    /// Begin with this position of the conversation's log, as far back as the stream goes [default: what comes from now on]
    #[arg(long, requires = "conversation", value_parser = clap::value_parser!(i64).range(0..))]
    from_seq: Option<i64>,
    /// Begin at this time (RFC 3339), or so long ago: 90s, 15m, 6h, 2d
    #[arg(long, conflicts_with = "from_seq", value_parser = parse_since)]
    since: Option<DateTime<Utc>>,
    /// Show what was said and changed, too
    #[arg(long)]
    content: bool,
    /// A JSON object a line
    #[arg(long)]
    json: bool,
}

impl Tail {
    /// Goes on until Ctrl-C, or until nobody reads any more.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let bus = connect(&self.nats).await?;
        tokio::select! {
            followed = self.follow(&bus) => followed,
            stopped = tokio::signal::ctrl_c() => stopped.context("Ctrl-C cannot be heard"),
        }
    }

    async fn follow(&self, bus: &Bus) -> anyhow::Result<()> {
        let (mut start, mut told) = (self.start(), Told::default());
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        // The first time something is wrong that will not pass, such as a stream that is not there.
        let mut tail = EventTail::open(bus, start, self.conversation).await?;
        eprintln!("Following. Ctrl-C ends it.");
        loop {
            match self.print_all(&mut tail, &mut start, &mut told).await {
                Ok(()) => return Ok(()),
                Err(Interruption::Output(error)) => bail!("the output: {error}"),
                Err(Interruption::Bus(error)) => eprintln!("chatctl: {error}; going on where it was"),
            }
            tail = loop {
                tokio::time::sleep(backoff.next_delay()).await;
                match EventTail::open(bus, start, self.conversation).await {
                    Ok(tail) => break tail,
                    Err(error) => eprintln!("chatctl: {error}"),
                }
            };
            backoff.reset();
        }
    }

    fn start(&self) -> Start {
        match (self.from_seq, self.since) {
            (Some(_), _) => Start::Beginning,
            (None, Some(time)) => Start::Time(time.timestamp_nanos_opt().unwrap_or_default()),
            (None, None) => Start::Now,
        }
    }

    /// Prints until something is in the way; `Ok` when nobody reads any more.
    async fn print_all(&self, tail: &mut EventTail, at: &mut Start, told: &mut Told) -> Result<(), Interruption> {
        loop {
            let (pos, event) = tail.next().await.map_err(Interruption::Bus)?;
            *at = Start::After(pos);
            let Some(event) = event else { continue };
            if event.seq < Seq(self.from_seq.unwrap_or(0)) || !told.is_news(event.conversation_id, event.seq) {
                continue;
            }
            let Some(line) = Line::read(&event) else { continue };
            let text = if self.json { line.json(self.content) } else { line.text(self.content) };
            match writeln!(io::stdout().lock(), "{text}") {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(Interruption::Output(error)),
            }
        }
    }
}

/// Why printing has ended.
enum Interruption {
    Bus(BusError),
    Output(io::Error),
}

/// What was printed already: the stream has every event at least once.
#[derive(Debug, Default)]
struct Told(HashMap<ConversationId, Seq>);

impl Told {
    fn is_news(&mut self, conversation: ConversationId, seq: Seq) -> bool {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(&conversation) {
            self.0.clear();
        }
        let told = self.0.entry(conversation).or_insert(Seq(-1));
        let is_news = seq > *told;
        *told = seq.max(*told);
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_told_once() {
        let mut told = Told::default();
        let (one, other) = (ConversationId::generate(), ConversationId::generate());
        let news = [(one, 1), (one, 2), (one, 1), (other, 2), (one, 2), (one, 3)];
        let seen: Vec<_> = news.into_iter().filter(|(id, seq)| told.is_news(*id, Seq(*seq))).collect();
        assert_eq!(seen, [(one, 1), (one, 2), (other, 2), (one, 3)]);
    }
}
