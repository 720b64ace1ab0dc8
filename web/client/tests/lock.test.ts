/** The lock file of all packages names no address that they are downloaded from. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('no address in the lock file', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  const packages = Object.entries(lock.packages);
  expect(packages.length).toBeGreaterThan(100);
  expect(packages.filter(([, one]) => one.resolved !== undefined && !one.link)).toEqual([]);
  // What comes from elsewhere is what it was.
  const foreign = packages.filter(([path, one]) => path.includes('node_modules/') && !one.link);
  expect(foreign.filter(([, one]) => !one.integrity).map(([path]) => path)).toEqual([]);
});
