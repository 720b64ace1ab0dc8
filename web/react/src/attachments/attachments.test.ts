import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fileLabel, fitWithin, formatBytes } from './bytes.js';
import { ObjectUrls } from './objectUrls.js';

it('sizes are written in the unit that fits', () => {
  expect(formatBytes(812, 'en')).toBe('812 bytes');
  expect(formatBytes(48_213, 'en')).toBe('48 kB');
  expect(formatBytes(1_440_000, 'en')).toBe('1.4 MB');
  expect(formatBytes(0, 'en')).toBe('0 bytes');
});

it('a file is labelled by its ending, else by its type', () => {
  expect(fileLabel('plan.final.pdf', 'application/octet-stream')).toBe('PDF');
  expect(fileLabel('README', 'text/plain')).toBe('PLAIN');
  expect(fileLabel('thing', 'application/octet-stream')).toBe('');
});

it('pictures are fitted into a box and not enlarged', () => {
  expect(fitWithin(1600, 1200, 320, 320)).toEqual({ width: 320, height: 240 });
  expect(fitWithin(100, 50, 320, 320)).toEqual({ width: 100, height: 50 });
  expect(fitWithin(10_000, 1, 320, 320)).toEqual({ width: 320, height: 1 });
});

describe('object URLs', () => {
  let made = 0;
  const revoked: string[] = [];
  beforeEach(() => {
    made = 0;
    revoked.length = 0;
    vi.stubGlobal('URL', Object.assign(URL, {
      createObjectURL: () => `blob:${++made}`,
      revokeObjectURL: (url: string) => revoked.push(url),
    }));
  });
  afterEach(() => vi.unstubAllGlobals());

  it('are loaded once as long as somebody shows them, and shortly after', async () => {
    const urls = new ObjectUrls();
    const load = vi.fn(async () => new Blob(['x']));
    const [one, two] = [urls.acquire('a', load), urls.acquire('a', load)];
    expect(await one.url).toBe(await two.url);
    one.release();
    two.release();
    expect(await urls.acquire('a', load).url).toBe('blob:1');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('are revoked when many others came after, unless they are shown', async () => {
    const urls = new ObjectUrls();
    const load = async () => new Blob(['x']);
    const shown = urls.acquire('shown', load);
    const gone = urls.acquire('gone', load);
    await Promise.all([shown.url, gone.url]);
    gone.release();
    gone.release();
    for (let other = 0; other < 60; other += 1) {
      const lease = urls.acquire(`other ${other}`, load);
      await lease.url;
      lease.release();
    }
    await Promise.resolve();
    expect(revoked).toContain(await gone.url);
    expect(revoked).not.toContain(await shown.url);
  });

  it('that failed are tried anew', async () => {
    const urls = new ObjectUrls();
    await expect(urls.acquire('a', () => Promise.reject(new Error('offline'))).url).rejects.toThrow('offline');
    expect(await urls.acquire('a', async () => new Blob(['x'])).url).toBe('blob:1');
  });
});
