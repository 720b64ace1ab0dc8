"""A consumer of the chat's event feed: takes every event once and in order, however often and in whatever order it comes.
It needs NATS_URL, NATS_PASSWORD, STATE (a file), and may be told NATS_USER and CONSUMER (both "reader")."""

import asyncio
import json
import os
import signal

import nats

from state import State

# How many events are taken at once, and how many seconds one request waits for the first of them.
BATCH = 500
WAIT = 1


async def main() -> None:
    user = os.environ.get("NATS_USER", "reader")
    # Answers come where this user alone may hear them.
    connection = await nats.connect(
        os.environ["NATS_URL"], user=user, password=os.environ["NATS_PASSWORD"], inbox_prefix=f"_INBOX_{user}".encode()
    )
    context = connection.jetstream(prefix="CHATJS.API")
    consumer = await context.pull_subscribe_bind(os.environ.get("CONSUMER", "reader"), stream="CHAT_EVENTS")

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopping.set)
    state = State.load(os.environ["STATE"])
    while not stopping.is_set():
        try:
            batch = await consumer.fetch(BATCH, timeout=WAIT)
        except TimeoutError:  # nothing came
            continue
        for message in batch:
            for event in state.take(json.loads(message.data)):
                print(event["conversation_id"], event["seq"], event["type"], flush=True)
        # First the state, then the acknowledgement: what is not saved comes again.
        state.save()
        for message in batch:
            await message.ack()
        print("saved", flush=True)
    await connection.flush()
    await connection.close()


asyncio.run(main())
