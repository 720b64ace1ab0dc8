//! The mistakes. Those of the services are failpoints of the tests' build; those of the database are its own functions with one place
//! changed; some are settings that no operator would choose.

use anyhow::{Context, Result, ensure};
use chat_stack::Service;
use sqlx::PgPool;

/// What happens during a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Cut sockets and deaths.
    Usual,
    /// Gateways die and somebody does not come back.
    Leaving,
}

/// Where the mistake is.
#[derive(Debug, Clone, Copy)]
pub enum Mistake {
    /// Nowhere.
    None,
    /// In the environment of the processes.
    Env,
    /// In the database.
    Sql(&'static [Change]),
}

/// One place of a function of the database that reads otherwise; without a function, a statement.
#[derive(Debug)]
pub struct Change {
    function: &'static str,
    from: &'static str,
    to: &'static str,
}

/// A run with at most one mistake.
#[derive(Debug)]
pub struct Mutant {
    pub name: &'static str,
    pub mistake: Mistake,
    pub env: &'static [(Service, &'static str, &'static str)],
    /// What every message says, for failpoints that look for it.
    pub saying: &'static str,
    pub course: Course,
}

const RIGHT: Mutant = Mutant { name: "", mistake: Mistake::None, env: &[], saying: "", course: Course::Usual };
/// Events on their way to a gateway that say this are lost, if the failpoint is on.
const LOST: &str = "lost on its way";

const fn env(name: &'static str, env: &'static [(Service, &'static str, &'static str)]) -> Mutant {
    Mutant { name, mistake: Mistake::Env, env, ..RIGHT }
}

const fn sql(name: &'static str, changes: &'static [Change]) -> Mutant {
    Mutant { name, mistake: Mistake::Sql(changes), ..RIGHT }
}

const fn change(function: &'static str, from: &'static str, to: &'static str) -> Change {
    Change { function, from, to }
}

/// All of them, the right ones first.
pub const MUTANTS: &[Mutant] = &[
    Mutant { name: "none", ..RIGHT },
    Mutant { name: "none_leaving", course: Course::Leaving, ..RIGHT },
    env("ack_before_commit", &[(Service::Persistence, "FAILPOINTS", "mutant.ack_before_commit=1*off->return")]),
    env("position_first", &[(Service::Persistence, "FAILPOINTS", "mutant.position_first=1*off->return")]),
    Mutant {
        saying: LOST,
        ..env(
            "no_hole_check",
            &[(Service::Gateway, "FAILPOINTS", "gateway.lose_event=5%return;mutant.no_hole_check=return")],
        )
    },
    Mutant {
        saying: LOST,
        ..env(
            "no_tail_check",
            &[(Service::Gateway, "FAILPOINTS", "gateway.lose_event=30%return;mutant.no_heads=return")],
        )
    },
    env("resume_from_n", &[(Service::Gateway, "FAILPOINTS", "mutant.resume_from_n=return")]),
    env("silent_drop_of_slow_readers", &[(Service::Gateway, "FAILPOINTS", "mutant.silent_drop=return")]),
    env("membership_cached_for_ever", &[(Service::Gateway, "FAILPOINTS", "mutant.no_removal=return")]),
    Mutant {
        course: Course::Leaving,
        ..env("no_lease_expiry", &[(Service::Presence, "PRESENCE_LEASE_TTL_MS", "3600000")])
    },
    sql(
        "no_unique_key",
        &[
            change("", "", "drop index messages_client_id"),
            change("apply_commands", "and kk.client_id = i.client_id", "and false"),
        ],
    ),
    sql("dedupe_without_sender", &[change("apply_commands", "and kk.sender_id = i.sender_id", "")]),
    sql(
        "stored_in_any_order",
        &[change(
            "apply_commands",
            "order by j.ord)\n            ), inserted",
            "order by random())\n            ), inserted",
        )],
    ),
    sql(
        "unread_by_increment",
        &[change("apply_commands", "message_count = x.number,", "message_count = x.number + (random() < 0.2)::int,")],
    ),
    sql(
        "marks_by_last_write",
        &[
            change(
                "mark_as_read",
                "v_to bigint := greatest(v_asked, me.read_seq);",
                "v_to bigint := coalesce(v_asked, me.read_seq);",
            ),
            change("mark_as_read", "or v_unread > 0 and v_to > me.read_seq then", "or v_to <> me.read_seq then"),
        ],
    ),
    sql(
        "deleted_texts_stay",
        &[change("delete_message", "set content = '', original_content", "set content = content, original_content")],
    ),
    sql("edits_that_are_not_kept", &[change("edit_message", "set content = v_content,", "set content = x.content,")]),
];

/// Makes a mistake in the database; the place must be there, once.
pub async fn make(database: &PgPool, change: &Change) -> Result<()> {
    let Change { function, from, to } = change;
    let statement = if function.is_empty() {
        (*to).to_owned()
    } else {
        let text = format!("select pg_get_functiondef('{function}'::regproc)");
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_one(database).await?;
        let places = text.matches(from).count();
        ensure!(places == 1, "{from:?} stands {places} times in {function}");
        text.replace(from, to)
    };
    let made = sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(database).await;
    made.with_context(|| format!("the mistake in {function} cannot be made"))?;
    Ok(())
}
