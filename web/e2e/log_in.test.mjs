/** The front door: a demo person by one click, and who one is stays in the tab. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, logInAs, open } from './browser.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('demo person is logged in by one click and stays so over a reload', async () => {
  const { page, troubles } = await open(browser);
  await logInAs(page, 'Clara Client');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Hello, Clara' }).waitFor();
  assert.deepEqual(troubles, []);
});

test('two tabs are two people', async () => {
  const { page, context, troubles } = await open(browser);
  await logInAs(page, 'Clara Client');
  const other = await context.newPage();
  await other.goto('/');
  await logInAs(other, 'Felix Freelancer');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Hello, Clara' }).waitFor();
  assert.deepEqual(troubles, []);
});
