/** What goes wrong between page and server: nothing is lost, nothing is there twice, and the order is the server's. */
import assert from 'node:assert/strict';
import { Chat } from './chat.mjs';
import { tell } from './control.mjs';
import { open } from './browser.mjs';
import { pair, saidIn, say, withToken } from './people.mjs';
import { CUT_LINE, story } from './story.mjs';

const excused = CUT_LINE;

/** Both sides show what the log has, in its order. */
async function agree(who, conversation, chats, expected) {
  const said = await saidIn(who, conversation);
  assert.deepEqual([...said].sort(), [...expected].sort());
  for (const chat of chats) {
    await chat.saying(said.at(-1)).waitFor();
    assert.deepEqual(await chat.shown(), said);
  }
}

async function bothAt(at, first = 'Hello') {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, first);
  const [adas, bens] = [await at(ada, `/inbox/${conversation}`), await at(ben, `/inbox/${conversation}`)];
  return { ada, ben, conversation, adas, bens, hers: await new Chat(adas.page).ready(), his: await new Chat(bens.page).ready() };
}

story('without a network messages wait, and go out in order when it is back', async ({ at }) => {
  const { ada, conversation, adas, hers, his } = await bothAt(at);
  await adas.context.setOffline(true);
  for (const text of ['offline one', 'offline two', 'offline three']) await hers.say(text);
  await his.say('meanwhile');
  await his.marked('meanwhile', 'Sent');
  await adas.context.setOffline(false);
  await his.saying('offline three').waitFor();
  await hers.marked('offline three', 'Sent');
  const expected = ['Hello', 'offline one', 'offline two', 'offline three', 'meanwhile'];
  await agree(ada, conversation, [hers, his], expected);
  const said = await saidIn(ada, conversation);
  assert.deepEqual(said.filter((text) => text.startsWith('offline')), expected.slice(1, 4));
}, { excused });

story('what waits survives a reload of the page', async ({ at }) => {
  const { ada, conversation, adas, hers, his } = await bothAt(at);
  // Nothing that needs the server gets through; the page itself still loads.
  let isCut = true;
  await adas.context.routeWebSocket(/\/ws\//, (socket) => (isCut ? socket.close({ code: 4013 }) : socket.connectToServer()));
  await adas.page.reload();
  await hers.ready();
  for (const text of ['kept one', 'kept two']) await hers.say(text);
  await adas.page.reload();
  await hers.saying('kept two').waitFor();
  isCut = false;
  await adas.page.reload();
  await his.saying('kept two').waitFor();
  await agree(ada, conversation, [hers, his], ['Hello', 'kept one', 'kept two']);
}, { excused });

story('connections that break at any step of sending leave each message once', async ({ at }) => {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, 'Hello');
  const bens = await at(ben, `/inbox/${conversation}`);
  const his = await new Chat(bens.page).ready();
  const adas = await at(ada, '/');
  let passed = 0;
  // After so many frames in either direction the line breaks, a little later each time.
  await adas.context.routeWebSocket(/\/ws\//, (socket) => {
    const server = socket.connectToServer();
    const limit = 3 + (passed += 1);
    let frames = 0;
    const pass = (to) => (frame) => {
      frames += 1;
      if (passed < 12 && frames > limit) {
        void socket.close({ code: 1011 });
        void server.close();
      } else {
        to.send(frame);
      }
    };
    socket.onMessage(pass(server));
    server.onMessage(pass(socket));
  });
  await adas.page.goto(`/inbox/${conversation}`);
  const hers = await new Chat(adas.page).ready();
  const texts = Array.from({ length: 12 }, (_, index) => `broken ${index}.`);
  // Instead of waiting for the next try as long as it may take.
  const tries = setInterval(() => void adas.page.evaluate(() => window.dispatchEvent(new Event('online'))).catch(() => undefined), 500);
  try {
    for (const text of texts) await hers.say(text);
    await his.saying('broken 11.').waitFor();
  } finally {
    clearInterval(tries);
  }
  await hers.marked('broken 11.', /^(Sent|Read)$/);
  await agree(ada, conversation, [hers, his], ['Hello', ...texts]);
  assert.deepEqual((await saidIn(ada, conversation)).slice(1), texts);
}, { excused });

story('the switch of the page for two cuts one side, which catches up', async ({ browser, keep }) => {
  const { page } = keep(await open(browser, '/demo'));
  const side = (name) => page.getByRole('region', { name: `Side of ${name}` });
  const [claras, felixs] = ['Clara Client', 'Felix Freelancer'].map((name) => new Chat(page, side(name)));
  await Promise.all([claras.ready(), felixs.ready()]);
  const cut = page.getByRole('switch', { name: 'Network of Clara Client' });
  await cut.click();
  await claras.say('written while cut');
  await felixs.say('said to somebody who is away');
  await felixs.marked('said to somebody who is away', 'Sent');
  assert.equal(await felixs.saying('written while cut').count(), 0);
  await cut.click();
  await felixs.saying('written while cut').waitFor();
  await claras.saying('said to somebody who is away').waitFor();
  const [left, right] = await Promise.all([claras.shown(), felixs.shown()]);
  assert.deepEqual(left.slice(-2), ['said to somebody who is away', 'written while cut']);
  assert.deepEqual(right.slice(-2), left.slice(-2));
}, { excused });

story('a gateway that dies under the page is come back to', async ({ at }) => {
  const { ada, conversation, hers, his } = await bothAt(at);
  await tell('kill gateway');
  await hers.say('said to a dead server');
  await his.say('and from the other side');
  await tell('start gateway');
  await his.saying('said to a dead server').waitFor();
  await hers.saying('and from the other side').waitFor();
  await agree(ada, conversation, [hers, his], ['Hello', 'said to a dead server', 'and from the other side']);
}, { excused });

story('a token is renewed on the open socket before it ends', async ({ at }) => {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, 'Hello');
  const sockets = [];
  let renewal;
  const renewed = new Promise((resolve) => {
    renewal = resolve;
  });
  const watch = (page) => page.on('websocket', (socket) => {
    sockets.push(socket);
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload === 'string' && payload.startsWith('{"type":"authenticated"')) renewal();
    });
  });
  const { page, context } = await at(withToken(ada, 16), `/inbox/${conversation}`, { watch });
  const hers = await new Chat(page).ready();
  await renewed;
  await hers.say('still here');
  await hers.marked('still here', 'Sent');
  assert.equal(sockets.length, 1);
  assert.ok(!sockets[0].isClosed());
  await context.close();
});
