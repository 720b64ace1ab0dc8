/** Every main view: a picture of it light, dark, on a phone and from right to left, and no barrier that axe knows. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { PICTURES_DIR, logInAs, open } from './browser.mjs';
import { Chat } from './chat.mjs';
import { story } from './story.mjs';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const LOOKS = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true },
  'phone-dark': { colorScheme: 'dark', viewport: { width: 390, height: 844 }, hasTouch: true },
  'right-to-left': { colorScheme: 'light', isMirrored: true },
};

async function look(page, look, view) {
  mkdirSync(PICTURES_DIR, { recursive: true });
  // Motion ends first: what fades in has no contrast yet.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity).map(({ finished }) => finished)));
  await page.screenshot({ path: `${PICTURES_DIR}/${view}.${look}.png` });
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations.map(({ id, nodes }) => `${view}, ${look}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join('; ')}`);
  assert.deepEqual(found, []);
}

/** Nothing of a message stands beside the message. */
async function staysInside(page) {
  const outside = await page.evaluate(() => [...document.querySelectorAll('.chat-bubble')].flatMap((bubble) => {
    const { left, right } = bubble.getBoundingClientRect();
    const parts = [...bubble.querySelectorAll('*')].filter((part) => {
      const box = part.getBoundingClientRect();
      return box.width > 0 && (box.left < left - 1 || box.right > right + 1);
    });
    return parts.map((part) => part.className.toString());
  }));
  assert.deepEqual(outside, []);
}

for (const [name, { isMirrored, ...options }] of Object.entries(LOOKS)) {
  story(`views, ${name}`, async ({ browser, keep }) => {
    const { page } = keep(await open(browser, '/', { reducedMotion: 'reduce', ...options }));
    await page.getByRole('button', { name: /Clara Client/ }).waitFor();
    await look(page, name, 'log-in');
    await logInAs(page, 'Clara Client');
    if (isMirrored) await page.getByRole('button', { name: 'Right to left' }).click();
    await page.getByText('Felix Freelancer').first().waitFor();
    await look(page, name, 'overview');
    await page.goto('/jobs');
    await page.getByRole('article').first().waitFor();
    await look(page, name, 'jobs');
    await page.goto('/inbox');
    const row = page.getByRole('option', { name: /^Felix Freelancer/ });
    await row.waitFor();
    await look(page, name, 'inbox');
    await row.click();
    const chat = await new Chat(page).ready();
    await chat.saying('Thursday, 10:30').waitFor();
    await staysInside(page);
    await look(page, name, 'conversation');
    await page.getByRole('button', { name: 'Conversation options' }).click();
    await page.getByRole('dialog').or(page.getByRole('menu')).first().waitFor();
    await look(page, name, 'conversation-options');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Search in this conversation' }).click();
    await page.getByRole('searchbox', { name: 'Search messages' }).fill('phone');
    await page.locator('mark').first().waitFor();
    await look(page, name, 'search');
    await page.goto('/demo');
    await page.getByRole('article').first().waitFor();
    await look(page, name, 'side-by-side');
  });
}
