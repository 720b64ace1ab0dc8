//! What every request can reach: the database, the way to the writers, the keys and the limits.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_auth::{RefreshTokens, Signer, Tickets, TokenError};
use chat_bus::asker::Asker;
use chat_bus::moderation::Moderator;
use chat_identity::Keyring;
use chat_protocol::rpc::Identity;
use chat_runtime::clock::Clock;
use chat_runtime::origins::Origins;
use chat_store::arrivals::Arrival;
use chat_store::users::PersonState;
use chat_store::{Database, StoreError, users};

use crate::attachments::Attachments;
use crate::config::{Config, LimitSection};
use crate::error::ApiError;
use crate::families::Families;
use crate::known_users::KnownUsers;
use crate::limits::Rates;
use crate::moderation;
use crate::passwords::Passwords;
use crate::push::Push;
use crate::webhooks::Webhooks;

/// Shared by all requests.
pub(crate) struct App {
    pub(crate) database: Database,
    pub(crate) asker: Asker,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keyring: Keyring,
    pub(crate) signer: Signer,
    pub(crate) refresh_tokens: RefreshTokens,
    pub(crate) tickets: Tickets,
    pub(crate) has_accounts: bool,
    pub(crate) families: Families,
    pub(crate) passwords: Passwords,
    pub(crate) attachments: Attachments,
    pub(crate) webhooks: Webhooks,
    pub(crate) push: Push,
    pub(crate) limits: LimitSection,
    pub(crate) rates: Rates,
    pub(crate) moderator: Option<Moderator>,
    pub(crate) origins: Origins,
    pub(crate) max_body_bytes: usize,
    pub(crate) body_timeout: Duration,
    known_users: KnownUsers,
}

impl App {
    pub(crate) fn new(
        config: &Config,
        database: Database,
        asker: Asker,
        keyring: Keyring,
        families: Families,
        attachments: Attachments,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let (secrets, rules) = (config.auth.secrets(), config.auth.rules());
        let access_ttl = Duration::from_secs(config.tokens.access_token_ttl_secs);
        let moderator = moderation::moderator(config, asker.bus());
        Ok(Self {
            database,
            asker,
            moderator,
            clock,
            keyring,
            signer: Signer::hs256(secrets.clone(), rules.clone(), access_ttl),
            refresh_tokens: RefreshTokens::hs256(secrets.clone(), rules.clone()),
            tickets: Tickets::hs256(secrets, rules),
            has_accounts: config.auth.has_accounts(),
            families,
            passwords: Passwords::default(),
            attachments,
            webhooks: Webhooks::new(&config.webhooks)?,
            push: Push::new(&config.push)?,
            limits: config.limits.clone(),
            rates: Rates::new(&config.doors, &config.rates),
            origins: config.doors.allowed_origins.clone().unwrap_or_default(),
            max_body_bytes: usize::try_from(config.http.max_body_bytes).unwrap_or(usize::MAX),
            body_timeout: Duration::from_secs(config.http.body_timeout_secs),
            known_users: KnownUsers::default(),
        })
    }

    /// Waits for the database, and no longer than a read may take: a server that hangs is one that is not there.
    pub(crate) async fn within<T>(&self, read: impl Future<Output = Result<T, StoreError>>) -> Result<T, ApiError> {
        match tokio::time::timeout(self.limits.read_wait(), read).await {
            Ok(done) => done.map_err(ApiError::Store),
            Err(_) => Err(ApiError::Unavailable("the database does not answer")),
        }
    }

    /// Makes sure that the person of a token is in the database, with the name and picture of the newest token, and that the token
    /// counts: not of somebody who is locked out, and not of a machine that has a person's id. What was so a moment ago counts, for
    /// a request.
    pub(crate) async fn ensure_user(&self, identity: &Identity) -> Result<(), ApiError> {
        let now = Instant::now();
        self.take_claims(identity).await?;
        let state = match self.known_users.state(identity, now) {
            Some(state) => state,
            None => self.read_state(identity, now).await?,
        };
        check_state(state, identity)
    }

    /// The same for a socket, which stays: as it was read with the rest, which was begun at `read_at`, after the claims were taken.
    pub(crate) fn let_in(
        &self,
        identity: &Identity,
        arrival: Option<Arrival>,
        read_at: Instant,
    ) -> Result<Arrival, ApiError> {
        let arrival = arrival.ok_or(TokenError::Invalid("of nobody"))?;
        self.known_users.note_state(identity.user_id, arrival.state, read_at);
        check_state(arrival.state, identity)?;
        Ok(arrival)
    }

    /// The claims of a token, unless the database has them.
    pub(crate) async fn take_claims(&self, identity: &Identity) -> Result<(), ApiError> {
        if !self.known_users.contains(identity) {
            self.within(users::upsert_from_claims(self.database.pool(), identity)).await?;
            self.known_users.insert(identity);
        }
        Ok(())
    }

    async fn read_state(&self, identity: &Identity, now: Instant) -> Result<PersonState, ApiError> {
        let read = self.within(users::find_state(self.database.pool(), identity.user_id)).await?;
        let state = read.ok_or(TokenError::Invalid("of nobody"))?;
        self.known_users.note_state(identity.user_id, state, now);
        Ok(state)
    }
}

fn check_state(state: PersonState, identity: &Identity) -> Result<(), ApiError> {
    if state.lets_in(identity) { Ok(()) } else { Err(TokenError::Invalid("of somebody who is not let in").into()) }
}
