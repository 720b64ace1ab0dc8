//! Somebody outside who reads CHAT_EVENTS: a consumer that an operator made, in an account of its own.

use anyhow::{Context as _, Result};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ConnectOptions};
use chat_e2e::{App, PATIENCE, Stack, options};
use chat_protocol::permissions::{NatsUser, READER_API_PREFIX, READER_CONSUMERS};
use chat_protocol::subjects::{EVENTS_STREAM, inbox_prefix};
use futures_util::StreamExt as _;
use tokio::time::timeout;

async fn connect(stack: &Stack, user: NatsUser) -> Result<Client> {
    let (_, address) = stack.nats_url().rsplit_once('@').context("the URL names a user")?;
    let login = (user.name().to_owned(), stack.nats_password(user.name())?.to_owned());
    let settings = ConnectOptions::with_user_and_password(login.0, login.1);
    Ok(settings.custom_inbox_prefix(inbox_prefix(user.name())).connect(address).await?)
}

#[tokio::test]
async fn reader_gets_events_and_acknowledges_them() -> Result<()> {
    let stack = Stack::start(options()?).await?;
    let operator = async_nats::jetstream::new(connect(&stack, NatsUser::Operator).await?);
    let durable = pull::Config {
        durable_name: Some(READER_CONSUMERS[0].to_owned()),
        ack_policy: AckPolicy::Explicit,
        ..pull::Config::default()
    };
    operator.create_consumer_on_stream(durable, EVENTS_STREAM).await?;

    let app = App::of(&stack)?;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let conversation = ada.direct_with(&ben).await;
    let said = ada.say(&conversation, "for those outside too").await;

    let context = ContextBuilder::new().api_prefix(READER_API_PREFIX).build(connect(&stack, NatsUser::Reader).await?);
    let stream = context.get_stream_no_info(EVENTS_STREAM).await?;
    let consumer: Consumer<pull::Config> =
        stream.get_consumer(READER_CONSUMERS[0]).await.map_err(anyhow::Error::from_boxed)?;
    let mut events = consumer.fetch().max_messages(2).expires(PATIENCE).messages().await?;
    let mut last = None;
    while let Some(event) = timeout(PATIENCE, events.next()).await? {
        let event = event.map_err(anyhow::Error::from_boxed)?;
        event.double_ack().await.map_err(anyhow::Error::from_boxed)?;
        last = Some(serde_json::from_slice::<serde_json::Value>(&event.payload)?);
    }
    assert_eq!(last.context("nothing came")?["message"]["id"], said["id"]);
    stack.stop().await
}
