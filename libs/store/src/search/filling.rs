//! Filling the blocks from the log: by partition, in the order of the commands, as far as they are stored. A round is one
//! transaction that holds its partitions' positions; whatever ends it before its commit, it has not been.

mod plan;
mod statements;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Acquire as _, Postgres, Transaction};

use self::plan::{Cut, windows};
use super::block::{Block, Source, Stretch, build};
use crate::StoreError;

/// How much one round does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Partitions that are held at once.
    pub partitions: u32,
    /// Messages and events of one partition that are looked at.
    pub touched: u32,
    /// Messages that are read, about.
    pub messages: u32,
}

impl Limits {
    /// A round of a fraction of a second.
    pub const ROUND: Self = Self { partitions: 8, touched: 128, messages: 8192 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::ROUND
    }
}

/// What a round has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Partitions that had something to do; none: everything is filled, or others are at it.
    pub partitions: usize,
    /// Messages that were read.
    pub messages: usize,
    /// Blocks that were written.
    pub blocks: usize,
    /// Stretches whose blocks Postgres refused: they are left out.
    pub refused: usize,
    /// Whether the limits have left something of these partitions for another round.
    pub is_cut: bool,
}

/// How a round treats what Postgres refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// The round fails.
    Fast,
    /// Each stretch is tried by itself; those that are refused are left out.
    Careful,
}

/// How many messages are taken into memory at once, about.
const AT_ONCE: i64 = 256;

/// Fills the next part of what is missing: first what was said last, then what is left from before.
pub async fn fill_round(pool: &PgPool, limits: Limits, care: Care) -> Result<Filled, StoreError> {
    let mut transaction = pool.begin().await?;
    match round(&mut transaction, limits, care).await {
        Ok(filled) => {
            transaction.commit().await?;
            Ok(filled)
        }
        Err(error) => {
            // So that the next round finds no locks. If this fails the connection is lost, and they are gone with it.
            let _ = transaction.rollback().await;
            Err(error)
        }
    }
}

async fn round(transaction: &mut Transaction<'_, Postgres>, limits: Limits, care: Care) -> Result<Filled, StoreError> {
    statements::be_patient(transaction).await?;
    let due = statements::lock_due(transaction, limits.partitions).await?;
    let windows = windows(&due);
    let mut filled = Filled { partitions: due.len(), ..Filled::default() };
    if due.is_empty() {
        return Ok(filled);
    }
    let touched = statements::touched(transaction, &windows, limits.touched).await?;
    let touched = statements::look_up(transaction, touched).await?;
    let Cut { stretches, reached } = plan::cut(&windows, touched, limits);
    filled.is_cut = windows.iter().zip(&reached).any(|(window, reached)| *reached < window.until_pos);
    for stretches in batches(&stretches) {
        fill(transaction, stretches, care, &mut filled).await?;
    }
    statements::move_on(transaction, &plan::positions(&due, &windows, &reached)).await?;
    Ok(filled)
}

/// Neighbours that are read together.
fn batches(stretches: &[Stretch]) -> impl Iterator<Item = &[Stretch]> {
    let mut rest = stretches;
    std::iter::from_fn(move || {
        let mut messages = 0;
        let fits = |stretch: &&Stretch| {
            messages += stretch.span();
            messages <= AT_ONCE
        };
        let count = rest.iter().take_while(fits).count();
        let (batch, others) = rest.split_at(count);
        rest = others;
        (!batch.is_empty()).then_some(batch)
    })
}

async fn fill(
    transaction: &mut Transaction<'_, Postgres>,
    stretches: &[Stretch],
    care: Care,
    filled: &mut Filled,
) -> Result<(), StoreError> {
    let messages = statements::read(transaction, stretches).await?;
    filled.messages += messages.iter().map(Vec::len).sum::<usize>();
    let work: Vec<(Stretch, Vec<Source>)> = stretches.iter().copied().zip(messages).collect();
    // Taking a long text apart keeps a thread busy for a while.
    let built = tokio::task::spawn_blocking(move || {
        work.into_iter().map(|(stretch, messages)| (stretch, build(stretch, &messages))).collect::<Vec<_>>()
    });
    let built = built.await.map_err(|_| StoreError::Unexpected("the text of a message"))?;
    if care == Care::Fast {
        filled.blocks += write(transaction, &built).await?;
        return Ok(());
    }
    for one in built.chunks(1) {
        let mut attempt = transaction.begin().await?;
        match write(&mut attempt, one).await {
            Ok(blocks) => {
                attempt.commit().await?;
                filled.blocks += blocks;
            }
            Err(error @ StoreError::Permanent(_)) => {
                attempt.rollback().await?;
                for (stretch, _) in one {
                    let (conversation, first_seq) = (stretch.conversation, stretch.first_seq);
                    tracing::error!(%error, %conversation, first_seq, "messages that will not be found");
                }
                filled.refused += 1;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn write(connection: &mut PgConnection, built: &[(Stretch, Vec<Block>)]) -> Result<usize, StoreError> {
    let stretches: Vec<_> = built.iter().map(|(stretch, _)| *stretch).collect();
    let blocks: Vec<_> = built.iter().flat_map(|(_, blocks)| blocks).collect();
    statements::replace(connection, &stretches, &blocks).await?;
    Ok(blocks.len())
}

/// Makes all blocks anew: there are none from now on, until they are filled from the messages again. What is said meanwhile
/// comes first.
pub async fn begin_anew(pool: &PgPool) -> Result<(), StoreError> {
    let mut transaction = pool.begin().await?;
    statements::begin_anew(&mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

/// Goes through everything again: what is missing is filled, what is there stays.
pub async fn look_again(pool: &PgPool) -> Result<(), StoreError> {
    statements::look_again(pool).await
}

/// How many partitions have something left from before: what was stored before the blocks were begun anew.
pub async fn count_backlogs(pool: &PgPool) -> Result<i64, StoreError> {
    statements::count_backlogs(pool).await
}

/// Removes blocks of conversations that were deleted lately, about `limit` at the most; returns how many.
pub async fn forget_deleted(pool: &PgPool, limit: u32) -> Result<u64, StoreError> {
    statements::forget_deleted(pool, limit).await
}
