import { describe, expect, it } from 'vitest';
import { dateTexts, dayKey } from './dates.js';
import { de } from './de.js';
import { en } from './en.js';
import { translator } from './strings.js';

describe('texts', () => {
  it('are filled, and choose the plural', () => {
    const t = translator(en, 'en');
    expect(t('jumpToNew', { count: 1 })).toBe('1 new message');
    expect(t('jumpToNew', { count: 12_000 })).toBe('12,000 new messages');
    expect(t('failedBecause', { reason: 'offline' })).toBe('Not sent: offline');
  });

  it('take the rules of their language', () => {
    const polish = { ...en, jumpToNew: { one: '{count} nowa', few: '{count} nowe', many: '{count} nowych', other: '{count} nowej' } };
    const t = translator(polish, 'pl');
    expect([1, 2, 5].map((count) => t('jumpToNew', { count }))).toEqual(['1 nowa', '2 nowe', '5 nowych']);
  });

  it('have the same gaps in German as in English', () => {
    const gaps = (text: unknown) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g))].sort();
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect([key, gaps(de[key])]).toEqual([key, gaps(en[key])]);
  });
});

describe('dates', () => {
  const now = new Date(2026, 10, 23, 12, 0).getTime();
  const at = (days: number) => new Date(2026, 10, 23 - days, 9, 5).toISOString();
  const dates = dateTexts('en', translator(en, 'en'), () => now);

  it('say days as people do', () => {
    expect([0, 1, 3, 30].map((days) => dates.day(at(days)))).toEqual(['Today', 'Yesterday', 'Friday', 'October 24, 2026']);
  });

  it('are short in rows', () => {
    expect([1, 3, 30].map((days) => dates.short(at(days)))).toEqual(['Yesterday', 'Fri', '10/24/26']);
    expect(dates.short(at(0))).toMatch(/^9:05/);
  });

  it('say how long ago', () => {
    expect(dates.ago(new Date(now - 5 * 60_000).toISOString())).toBe('5 minutes ago');
    expect(dates.ago(new Date(now - 49 * 3_600_000).toISOString())).toBe('2 days ago');
  });

  it('tell days apart where the reader is', () => {
    expect(dayKey(new Date(2026, 10, 23, 0, 1).toISOString())).toBe(dayKey(new Date(2026, 10, 23, 23, 59).toISOString()));
    expect(dayKey(new Date(2026, 10, 23, 23, 59).toISOString())).not.toBe(dayKey(new Date(2026, 10, 24, 0, 1).toISOString()));
  });
});
