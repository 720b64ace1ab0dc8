// A consumer of the chat's event feed: takes every event once and in order, however often and in whatever order it comes.
// It needs NATS_URL, NATS_PASSWORD, STATE (a file), and may be told NATS_USER and CONSUMER (both "reader").
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

import { State } from "./state.mjs";

/** How many events are taken at once, and how many milliseconds one request waits for them. */
const BATCH = 500;
const WAIT_MS = 1000;

const { NATS_URL, NATS_PASSWORD, NATS_USER = "reader", CONSUMER = "reader", STATE } = process.env;
// Answers come where this user alone may hear them.
const connection = await connect({ servers: NATS_URL, user: NATS_USER, pass: NATS_PASSWORD, inboxPrefix: `_INBOX_${NATS_USER}` });
const consumer = await jetstream(connection, { apiPrefix: "CHATJS.API" }).consumers.get("CHAT_EVENTS", CONSUMER);

let isStopping = false;
process.once("SIGINT", () => (isStopping = true));

const state = State.load(STATE);
while (!isStopping) {
  const batch = [];
  for await (const message of await consumer.fetch({ max_messages: BATCH, expires: WAIT_MS })) batch.push(message);
  if (batch.length === 0) continue;
  for (const message of batch) {
    for (const event of state.take(message.json())) {
      console.log(`${event.conversation_id} ${event.seq} ${event.type}`);
    }
  }
  // First the state, then the acknowledgement: what is not saved comes again.
  state.save();
  for (const message of batch) message.ack();
  console.log("saved");
}
await connection.drain();
