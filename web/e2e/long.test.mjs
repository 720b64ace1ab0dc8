/** A conversation of ten thousand messages: only what is near is held, nothing jumps, and a trace says how smooth it is. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { PICTURES_DIR } from './browser.mjs';
import { Chat } from './chat.mjs';
import { pair, sayAll } from './people.mjs';
import { story } from './story.mjs';

const MESSAGES = 10_000;
/** Turns of the wheel, and how far each goes. */
const TURNS = 120;
const TURN_PX = 600;
/** Rows that may be in the page at once: what is seen and some beside it. */
const MOST_ROWS = 80;

/** Collects the times between frames, in milliseconds, until it is asked for them. */
async function watchFrames(page) {
  await page.evaluate(() => {
    window.frameTimes = [];
    let before = performance.now();
    const note = (now) => {
      window.frameTimes.push(now - before);
      before = now;
      window.frames = requestAnimationFrame(note);
    };
    window.frames = requestAnimationFrame(note);
  });
  return () => page.evaluate(() => {
    cancelAnimationFrame(window.frames);
    return window.frameTimes;
  });
}

story('ten thousand messages scroll, and what one looks at stays where it is while older ones come', async ({ browser, at }) => {
  const { people: [ada, ben], conversation } = await pair();
  await sayAll(ben, conversation, Array.from({ length: MESSAGES }, (_, index) => `message ${index + 1} ${'of many words '.repeat(index % 7)}`));
  const { page } = await at(ada, `/inbox/${conversation}`);
  const chat = await new Chat(page).ready();
  await chat.saying(`message ${MESSAGES}`).waitFor();
  const list = page.getByRole('feed', { name: 'Messages' });
  await list.hover();
  mkdirSync(PICTURES_DIR, { recursive: true });
  await browser.startTracing(page, { path: `${PICTURES_DIR}/long-conversation.trace.json` });
  const frames = await watchFrames(page);
  for (let turn = 0; turn < TURNS; turn += 1) {
    await page.mouse.wheel(0, -TURN_PX);
    if (turn % 10 === 9) assert.ok((await page.getByRole('article').count()) < MOST_ROWS, 'too many rows are held');
  }
  const times = (await frames()).sort((one, other) => one - other);
  await browser.stopTracing();
  const at95 = times[Math.floor(times.length * 0.95)];
  console.log(`scrolled ${TURNS * TURN_PX} px: ${times.length} frames, median ${times[times.length >> 1].toFixed(1)} ms, 95th ${at95.toFixed(1)} ms, longest ${times.at(-1).toFixed(1)} ms`);
  await stays(page, list);
});

/** Asks for older messages and watches a row that is seen meanwhile. */
async function stays(page, list) {
  const moved = await list.evaluate(async (scroller) => {
    const seen = () => [...scroller.querySelectorAll('article')].find((row) => row.getBoundingClientRect().top > scroller.getBoundingClientRect().top + 100);
    const row = seen();
    const id = row.dataset.message;
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const place = () => scroller.querySelector(`[data-message="${id}"]`)?.getBoundingClientRect().top;
    await frame();
    const before = place();
    const height = scroller.scrollHeight;
    let most = 0;
    for (let index = 0; index < 240 && scroller.scrollHeight === height; index += 1) {
      await frame();
      most = Math.max(most, Math.abs((place() ?? Infinity) - before));
    }
    for (let index = 0; index < 10; index += 1) {
      await frame();
      most = Math.max(most, Math.abs((place() ?? Infinity) - before));
    }
    return most;
  });
  assert.ok(moved <= 2, `what was looked at moved by ${moved} px`);
}
