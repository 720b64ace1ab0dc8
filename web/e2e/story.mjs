/** A story: people at windows of one browser. At its end no page may have done what no page may do; if it fails, pictures say how it looked. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PICTURES_DIR, launch, tab } from './browser.mjs';
import { windowOf } from './people.mjs';

/** What a browser writes by itself when a connection is not there. */
export const CUT_LINE = /net::ERR_|WebSocket connection to|Failed to load resource/;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * Tells a story. `tell` is given `at(person, path, options)`, which opens a window with a person logged in, and `another(window, path)`,
 * which opens a tab beside. `excused` is what a page may write because of what the story does to it.
 */
export function story(name, tell, { excused } = {}) {
  test(name, async () => {
    const windows = [];
    const keep = (window) => {
      windows.push(window);
      return window;
    };
    const scene = {
      browser,
      at: async (person, path, options) => keep(await windowOf(browser, person, path, options)),
      another: async (window, path) => keep({ ...window, page: await tab(window.context, path, window.troubles) }),
      keep,
    };
    try {
      await tell(scene);
      const troubles = windows.flatMap((window) => window.troubles).filter((trouble) => !excused?.test(trouble));
      assert.deepEqual(troubles, []);
    } catch (error) {
      await photograph(name, windows);
      throw error;
    } finally {
      await Promise.all([...new Set(windows.map(({ context }) => context))].map((context) => context.close()));
    }
  });
}

async function photograph(name, windows) {
  mkdirSync(PICTURES_DIR, { recursive: true });
  for (const [index, { page }] of windows.entries()) {
    const path = `${PICTURES_DIR}/failed ${name} ${index}.png`;
    await page.screenshot({ path }).then(() => console.log(`picture: ${path}`), () => undefined);
  }
}
