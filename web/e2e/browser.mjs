/** A real Chromium on the page of a running stack. What no page may do is noticed for every page that is opened. */
import assert from 'node:assert/strict';
import { accessSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Where the page is. */
export const PAGE_URL = process.env.PAGE_URL ?? 'http://127.0.0.1:8000';

/** Where sockets go. */
export const GATEWAY_URL = process.env.GATEWAY_URL ?? 'ws://127.0.0.1:8001';

/** Where pictures of the views are written. */
export const PICTURES_DIR = process.env.PICTURES_DIR ?? 'pictures';

/** How long anything that must happen may take. */
export const PATIENCE = 20_000;

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function program() {
  const dirs = (process.env.PATH ?? '').split(':');
  const found = dirs.flatMap((dir) => PROGRAMS.map((name) => `${dir}/${name}`)).find((path) => {
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
  assert.ok(found, 'scripts/install-chromium brings a browser');
  return found;
}

/** Starts the browser; close it at the end. */
export function launch() {
  return chromium.launch({
    executablePath: program(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  });
}

/**
 * A person's window: a context of its own with one page. `watch` is given that page before it goes anywhere. `troubles` fills with what no
 * page may do.
 */
export async function open(browser, path = '/', { before, watch, ...options } = {}) {
  const context = await browser.newContext({ baseURL: PAGE_URL, viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  await before?.(context);
  if (watch) context.on('page', watch);
  const troubles = [];
  const page = await tab(context, path, troubles);
  return { context, page, troubles };
}

/** Another tab of a window. */
export async function tab(context, path, troubles) {
  const page = await context.newPage();
  page.on('console', (message) => message.type() === 'error' && troubles.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && hostname !== '127.0.0.1') troubles.push(`outside: ${request.url()}`);
  });
  await page.goto(path);
  return page;
}

/** Logs in as a demo person. */
export async function logInAs(page, name) {
  await page.getByRole('button', { name: new RegExp(name) }).click();
  await page.getByRole('heading', { level: 1, name: /^Hello/ }).waitFor();
}
