//! Every user of NATS tries everything in `broker.table`: what is written there is allowed, and nothing else.

use anyhow::{Context as _, Result, bail};
use chat_e2e::{PATIENCE, Stack, StackOptions};
use chat_protocol::permissions::NatsUser;

use crate::broker::{Act, Knocker};

const TABLE: &str = include_str!("broker.table");

/// One row: what is tried, and who may.
struct Row {
    act: Act,
    subject: &'static str,
    allowed: Vec<NatsUser>,
}

fn rows() -> Result<Vec<Row>> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| row(line).with_context(|| line.to_owned())).collect()
}

fn row(line: &'static str) -> Result<Row> {
    let mut words = line.split_whitespace();
    let act = match words.next() {
        Some("publish") => Act::Publish,
        Some("subscribe") => Act::Subscribe,
        _ => bail!("neither publish nor subscribe"),
    };
    let subject = words.next().context("no subject")?;
    let allowed = words.filter(|word| *word != "-").map(user).collect::<Result<_>>()?;
    Ok(Row { act, subject, allowed })
}

fn user(letter: &str) -> Result<NatsUser> {
    Ok(match letter {
        "a" => NatsUser::Api,
        "g" => NatsUser::Gateway,
        "p" => NatsUser::Persistence,
        "s" => NatsUser::Presence,
        "m" => NatsUser::Moderator,
        "o" => NatsUser::Operator,
        "r" => NatsUser::Reader,
        other => bail!("nobody is {other}"),
    })
}

/// A broker without services, and its address.
async fn broker() -> Result<(Stack, String)> {
    let stack = Stack::prepare(StackOptions::for_tests()?).await?;
    stack.nats().start(PATIENCE).await?;
    let (_, address) = stack.nats_url().rsplit_once('@').context("the URL names a user")?;
    let address = address.to_owned();
    Ok((stack, address))
}

#[tokio::test]
async fn everybody_may_what_the_table_says_and_nothing_else() -> Result<()> {
    let (stack, address) = broker().await?;
    let mut wrong = Vec::new();
    for user in NatsUser::ALL {
        let mut knocker = Knocker::connect(&address, user.name(), stack.nats_password(user.name())?).await?;
        for Row { act, subject, allowed } in rows()? {
            let may = knocker.may(act, subject).await?;
            if may != allowed.contains(&user) {
                wrong.push(format!("{act:?} {subject}: {} {}", user.name(), if may { "may" } else { "may not" }));
            }
        }
    }
    assert!(wrong.is_empty(), "otherwise than the table says:\n{}", wrong.join("\n"));
    stack.stop().await
}

#[tokio::test]
async fn nobody_comes_in_without_a_password() -> Result<()> {
    let (stack, address) = broker().await?;
    for (user, password) in [("", ""), ("api", ""), ("api", "wrong"), ("nobody", "x")] {
        assert!(Knocker::connect(&address, user, password).await.is_err(), "{user:?} came in with {password:?}");
    }
    let foreign = stack.nats_password(NatsUser::Presence.name())?;
    assert!(Knocker::connect(&address, NatsUser::Api.name(), foreign).await.is_err(), "with another's password");
    stack.stop().await
}

/// A right that is given without a row in the table has been tried by nobody.
#[test]
fn every_right_has_a_row() {
    let rows = rows().unwrap();
    for user in NatsUser::ALL {
        let permissions = user.permissions();
        let published = permissions.publish.iter().map(|subject| (Act::Publish, subject));
        for (act, wildcard) in published.chain(permissions.subscribe.iter().map(|subject| (Act::Subscribe, subject))) {
            let tried = |row: &Row| row.act == act && row.allowed.contains(&user) && is_under(wildcard, row.subject);
            assert!(rows.iter().any(tried), "no row has {act:?} {wildcard} for {}", user.name());
        }
    }
}

fn is_under(wildcard: &str, subject: &str) -> bool {
    let (mut wanted, mut tokens) = (wildcard.split('.'), subject.split('.'));
    loop {
        match (wanted.next(), tokens.next()) {
            (None, None) | (Some(">"), Some(_)) => return true,
            (Some(want), Some(token)) if want == "*" || want == token => {}
            _ => return false,
        }
    }
}
