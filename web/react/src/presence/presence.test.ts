import { expect, it } from 'vitest';
import { nextChangeMs, relativeTime } from './lastSeen.js';

const now = new Date('2026-11-23T12:00:00Z');
const ago = (minutes: number) => relativeTime(new Date(now.getTime() - minutes * 60_000), now, 'en');

it('says how long ago in the largest unit that fits, and later the date', () => {
  expect(ago(0)).toBe('1 minute ago');
  expect(ago(-3)).toBe('1 minute ago');
  expect(ago(59)).toBe('59 minutes ago');
  expect(ago(61)).toBe('1 hour ago');
  expect(ago(25 * 60)).toBe('yesterday');
  expect(ago(8 * 24 * 60)).toBe('Nov 15, 2026');
});

it('has to be looked at again each minute in the first hour, then each hour', () => {
  expect(nextChangeMs(now, now)).toBe(60_000);
  expect(nextChangeMs(new Date(now.getTime() - 7_200_000), now)).toBe(3_600_000);
});
