//! How far readers of the log have come that nobody waits for. Reading moves them, in the statements that read; here is what is done when
//! nobody wants to know.

use sqlx::postgres::PgPool;

use crate::StoreError;

/// A reader of the whole log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Makes deliveries for webhooks.
    Webhooks,
    /// Gathers what was missed.
    Missed,
}

macro_rules! pass_over {
    ($reader:literal, $unless:literal) => {
        concat!(
            "update log_positions l set incarnation = p.incarnation, pos = p.stored_pos from partitions p
              where l.reader = '",
            $reader,
            "' and p.id = l.partition and (l.incarnation, l.pos) is distinct from (p.incarnation, p.stored_pos) and not ",
            $unless
        )
    };
}

/// Passes over everything up to now, unless somebody wants it: it is not read later, then.
pub async fn pass_over(pool: &PgPool, reader: Reader) -> Result<(), StoreError> {
    let statement = match reader {
        Reader::Webhooks => pass_over!(
            "webhooks",
            "exists (select from webhook_endpoints e where e.disabled_at is null and e.deleted_at is null)"
        ),
        Reader::Missed => pass_over!("missed", "is_missing_wanted()"),
    };
    sqlx::query(statement).execute(pool).await?;
    Ok(())
}
