//! The standby of Postgres: made from the running primary, it has every commit before anybody is answered, and can take its place.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::runtime::Handle;

use crate::certificates::Certificates;
use crate::cluster::{Cluster, Maker, USER};
use crate::process::Process;
use crate::program::Program;

/// What the primary knows it by: its name in `synchronous_standby_names`, and its slot.
const NAME: &str = "chat_standby";
/// How long the copy of the primary may take.
const COPY_LIMIT: Duration = Duration::from_mins(5);
/// How long it may take to become the primary.
const PROMOTION_LIMIT: Duration = Duration::from_mins(1);

/// What a primary is told that has one: nobody is answered before the standby has the commit on its disk.
pub fn primary_settings() -> Vec<String> {
    vec![format!("synchronous_standby_names={NAME}")]
}

/// How it reaches the primary.
fn connection_info((host, port): (&str, u16), certificates: Option<&Certificates>) -> String {
    let parameters = certificates.map(|certificates| certificates.postgres_parameters(USER).replace('&', " "));
    let parameters = parameters.unwrap_or_default();
    format!("host={host} port={port} user={USER} {parameters}")
}

/// What it is told itself.
pub fn settings(primary: (&str, u16), certificates: Option<&Certificates>) -> Vec<String> {
    let connection = connection_info(primary, certificates);
    vec![
        format!("primary_conninfo={connection} application_name={NAME}"),
        format!("primary_slot_name={NAME}"),
        // As in deploy/postgres/chat.conf.
        "wal_retrieve_retry_interval=100ms".to_owned(),
    ]
}

/// The standby, its server and the programs that make and promote it.
pub struct Standby {
    /// The server.
    pub process: Process,
    cluster: Cluster,
    copy: Program,
    promotion: Program,
}

impl Standby {
    /// Of the primary at this address, whose superuser has this password. Nothing is made yet.
    pub fn new(
        process: Process,
        cluster: Cluster,
        maker: &Maker<'_>,
        primary: (&str, u16),
        certificates: Option<&Certificates>,
        password: String,
    ) -> Result<Self> {
        fs::create_dir_all(cluster.home()).with_context(|| format!("cannot create {}", cluster.home().display()))?;
        maker.user.give(cluster.home())?;
        let target = ["--pgdata".into(), cluster.data().into_os_string()];
        let mut copy = maker.program("pg_basebackup").args(target);
        let flags = ["--checkpoint=fast", "--create-slot", "--wal-method=stream", "--slot", NAME, "--dbname"];
        copy = copy.args(flags).args([connection_info(primary, certificates)]);
        copy.env.push(("PGPASSWORD".to_owned(), password));
        let promotion = maker.program("pg_ctl").args(["promote", "--wait", "--pgdata"]).args([cluster.data()]);
        Ok(Self { process, cluster, copy, promotion })
    }

    /// Makes it from the primary, which runs, and starts it.
    pub async fn start(&self, keeper: &Handle, limit: Duration) -> Result<()> {
        let signal = self.cluster.data().join("standby.signal");
        if !self.cluster.exists() {
            self.copy.clone().run(keeper, COPY_LIMIT).await?;
            fs::write(&signal, "").with_context(|| format!("cannot write {}", signal.display()))?;
        }
        let home = self.cluster.home().display();
        ensure!(
            signal.is_file(),
            "{home} took the primary's place in an earlier run: remove it, or make it the primary"
        );
        self.process.start(limit).await
    }

    /// Makes it the primary; it takes writes as soon as this returns.
    pub async fn promote(&self, keeper: &Handle) -> Result<()> {
        self.promotion.clone().run(keeper, PROMOTION_LIMIT).await
    }
}
