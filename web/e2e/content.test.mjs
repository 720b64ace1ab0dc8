/** What is done with messages: edited, deleted, answered, reacted to, found again. */
import assert from 'node:assert/strict';
import { Chat } from './chat.mjs';
import { messageIn, pair, say } from './people.mjs';
import { story } from './story.mjs';

async function bothAt(at) {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, 'A question?');
  const [adas, bens] = [await at(ada, `/inbox/${conversation}`), await at(ben, `/inbox/${conversation}`)];
  return { ada, ben, conversation, adas, bens, hers: await new Chat(adas.page).ready(), his: await new Chat(bens.page).ready() };
}

story('an edit and a deletion are seen by both', async ({ at }) => {
  const { adas, hers, his } = await bothAt(at);
  await hers.say('An anwser');
  await his.saying('An anwser').waitFor();
  await hers.marked('An anwser', 'Read');
  await hers.input.press('ArrowUp');
  await adas.page.getByText('Editing a message').first().waitFor();
  await adas.page.keyboard.press('Control+A');
  await adas.page.keyboard.type('An answer');
  await adas.page.keyboard.press('Enter');
  await his.saying('An answer').getByText('edited').waitFor();
  await hers.take('An answer', 'Delete');
  await adas.page.getByRole('alertdialog').or(adas.page.getByRole('dialog')).getByRole('button', { name: 'Delete' }).click();
  await his.saying('This message was deleted').waitFor();
  await hers.saying('You deleted this message').waitFor();
  assert.equal(await his.saying('An answer').count(), 0);
});

story('a reaction is counted on both sides and taken back', async ({ at }) => {
  const { hers, his } = await bothAt(at);
  const question = hers.saying('A question?');
  await hers.take('A question?', 'React with 👍');
  await his.saying('A question?').getByRole('button', { name: /👍, 1 reaction/ }).click();
  await question.getByRole('button', { name: /👍, 2 reactions/ }).click();
  await his.saying('A question?').getByRole('button', { name: /👍, 1 reaction/ }).click();
  await question.getByRole('button', { name: /👍/ }).waitFor({ state: 'detached' });
});

story('a reply shows what it answers and leads there', async ({ at }) => {
  const { ada, conversation, adas, hers, his } = await bothAt(at);
  const question = hers.saying('A question?');
  await question.hover();
  await question.getByRole('button', { name: 'Reply' }).click();
  await adas.page.getByText('Reply to Ben Bitdiddle').first().waitFor();
  await hers.say('The reply');
  await his.saying('The reply').getByRole('button', { name: /A question/ }).waitFor();
  for (let index = 0; index < 30; index += 1) await say(ada, conversation, `in between ${index}`);
  await say(ada, conversation, 'The late reply', { reply_to: (await messageIn(ada, conversation, 'A question?')).id });
  await his.inView('The late reply');
  await his.saying('The late reply').getByRole('button', { name: /A question\?|Show the message/ }).click();
  await his.inView('A question?');
});

story('search finds a word in everything that was said, and leads to the place', async ({ at }) => {
  const { people: [ada, ben], conversation } = await pair();
  await say(ben, conversation, 'The marmalade stands on the upper shelf');
  for (let index = 0; index < 120; index += 1) await say(ben, conversation, `line ${index}`);
  const { page } = await at(ada, `/inbox/${conversation}`);
  const chat = await new Chat(page).ready();
  await chat.saying('line 119').waitFor();
  assert.equal(await chat.saying('marmalade').count(), 0);
  await page.getByRole('button', { name: 'Search in this conversation' }).click();
  const found = page.getByRole('button', { name: /marmalade/ }).or(page.getByRole('option', { name: /marmalade/ })).first();
  await page.getByRole('searchbox', { name: 'Search messages' }).fill('marmal');
  await found.waitFor();
  assert.equal(await found.locator('mark').first().innerText(), 'marmalade');
  await found.click();
  await chat.saying('The marmalade stands on the upper shelf').waitFor();
  await page.getByRole('button', { name: /Jump to the latest messages|new message/ }).click();
  await chat.saying('line 119').waitFor();
});
