/** Two people talk: from a job, live in both directions, with everything that shows the other is there. */
import assert from 'node:assert/strict';
import { Chat } from './chat.mjs';
import { logInAs, open } from './browser.mjs';
import { pair, say } from './people.mjs';
import { story } from './story.mjs';

story('a job starts a conversation, once', async ({ browser, keep }) => {
  const window = keep(await open(browser));
  const { page } = window;
  await logInAs(page, 'Felix Freelancer');
  await page.getByRole('link', { name: 'Jobs' }).first().click();
  const job = page.getByRole('article').filter({ hasText: 'Brand illustrations for onboarding' });
  await job.getByRole('button').first().click();
  await page.waitForURL(/\/inbox\/[0-9a-f-]{36}$/);
  const began = page.url();
  const chat = await new Chat(page).ready();
  await page.getByRole('main').getByText('Brand illustrations for onboarding').first().waitFor();
  await chat.say('I would draw these.');
  await page.goto('/jobs');
  await job.getByRole('button').first().click();
  await page.waitForURL(began);
  await chat.saying('I would draw these.').waitFor();
});

story('what is said arrives on both sides, with typing, presence and read ticks', async ({ at }) => {
  const { people: [ada, ben], conversation } = await pair();
  await say(ada, conversation, 'The first word');
  await say(ben, conversation, 'The second word');
  const adas = await at(ada, `/inbox/${conversation}`);
  const hers = await new Chat(adas.page).ready();
  const bens = await at(ben, '/');
  await adas.page.getByRole('region', { name: 'Ben Bitdiddle' }).getByText('Online').first().waitFor();
  await bens.page.goto(`/inbox/${conversation}`);
  const his = await new Chat(bens.page).ready();
  await hers.input.pressSequentially('Is this l');
  await bens.page.getByText('Ada Lovelace is typing…').first().waitFor();
  await hers.say('Is this live?');
  await his.saying('Is this live?').waitFor();
  await bens.page.getByText('Ada Lovelace is typing…').first().waitFor({ state: 'detached' });
  await hers.marked('Is this live?', 'Read');
  await his.say('It is.');
  await hers.saying('It is.').waitFor();
  await bens.context.close();
  await adas.page.getByRole('region', { name: 'Ben Bitdiddle' }).getByText(/^(Offline|Last seen)/).first().waitFor();
});

story('unread messages are counted on the overview, the bell and the inbox, until they are read', async ({ at }) => {
  const { people: [ada, ben], conversation } = await pair();
  const { page } = await at(ada, '/');
  await page.getByText('You have read everything.').waitFor();
  await say(ben, conversation, 'One');
  await say(ben, conversation, 'Two');
  await page.getByText('2 unread messages wait for you.').waitFor();
  await page.getByRole('button', { name: 'Notifications, 2 unread messages' }).waitFor();
  await page.getByRole('link', { name: /^Inbox\s*2/ }).click();
  await page.getByRole('option', { name: /2 unread messages/ }).click();
  await new Chat(page).saying('Two').waitFor();
  await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('You have read everything.').waitFor();
  assert.equal(await page.getByRole('link', { name: /^Inbox/ }).innerText(), 'Inbox');
});

story('a second tab of the same person follows, and what is said goes out once', async ({ at, another }) => {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, 'Hello');
  const first = await at(ada, `/inbox/${conversation}`);
  const here = await new Chat(first.page).ready();
  const there = await new Chat((await another(first, `/inbox/${conversation}`)).page).ready();
  await here.say('said in one tab');
  await there.saying('said in one tab').waitFor();
  await there.say('said in the other');
  await here.saying('said in the other').waitFor();
  for (const chat of [here, there]) {
    await chat.marked('said in the other', 'Sent');
    assert.deepEqual(await chat.shown(), ['Hello', 'said in one tab', 'said in the other']);
  }
});
