//! `chatctl feed`: the consumers of CHAT_EVENTS that readers outside pull from.

use chat_bus::tail::Start;
use chat_bus::{Bus, feed};
use chat_protocol::permissions::READER_CONSUMERS;
use chat_runtime::config::NatsSection;
use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::output::Format;
use crate::settings::{connect, parse_since};

#[derive(Debug, Args)]
pub(crate) struct Feed {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Make the consumer that a reader pulls from
    Create(Create),
    /// Show how a consumer stands
    Show(Named),
    /// Remove a consumer and its place; made again, it may begin elsewhere
    Remove(Named),
}

/// Which consumer.
#[derive(Debug, Args)]
struct Named {
    /// Its name: readers may pull from these and no others
    #[arg(value_parser = PossibleValuesParser::new(READER_CONSUMERS))]
    name: String,
    #[command(flatten)]
    nats: NatsSection,
}

#[derive(Debug, Args)]
struct Create {
    #[command(flatten)]
    consumer: Named,
    /// Begin at this time (RFC 3339), or so long ago: 90s, 15m, 6h, 2d [default: the oldest event that the stream has]
    #[arg(long, value_parser = parse_since, conflicts_with_all = ["from_stream_seq", "from_now"])]
    from_time: Option<DateTime<Utc>>,
    /// Begin with this number of the stream: every event of the feed has one
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..), conflicts_with = "from_now")]
    from_stream_seq: Option<i64>,
    /// Begin with what comes from now on
    #[arg(long)]
    from_now: bool,
}

impl Feed {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<()> {
        match self.job {
            Job::Create(create) => {
                let bus = create.consumer.connect().await?;
                feed::create(&bus, &create.consumer.name, create.start()).await?;
                eprintln!("{} is there to be pulled from.", create.consumer.name);
            }
            Job::Show(named) => {
                let standing = feed::look(&named.connect().await?, &named.name).await?;
                if output == Format::Json {
                    return output.one(&json!({"acknowledged_pos": standing.acknowledged_pos, "under_way": standing.under_way, "left": standing.left}));
                }
                println!("acknowledged up to {}", standing.acknowledged_pos);
                println!("under way          {}", standing.under_way);
                println!("to come            {}", standing.left);
            }
            Job::Remove(named) => {
                feed::remove(&named.connect().await?, &named.name).await?;
                eprintln!("{} is gone, and its place with it.", named.name);
            }
        }
        Ok(())
    }
}

impl Named {
    async fn connect(&self) -> anyhow::Result<Bus> {
        connect(&self.nats).await
    }
}

impl Create {
    fn start(&self) -> Start {
        match (self.from_time, self.from_stream_seq) {
            (Some(time), _) => Start::Time(time.timestamp_nanos_opt().unwrap_or_default()),
            (None, Some(number)) => Start::After(number - 1),
            (None, None) if self.from_now => Start::Now,
            (None, None) => Start::Beginning,
        }
    }
}
