/** Times as people say them, by `Intl` alone. */

import type { Translate } from './strings.js';

/** Says times in one language. All take what the server gives: RFC 3339. */
export interface DateTexts {
  /** 14:05 */
  readonly time: (at: string) => string;
  /** Today, Yesterday, Monday, 3 March 2026: the separator between days. */
  readonly day: (at: string) => string;
  /** 14:05 for today, Yesterday, Mon, 03/03/26: the corner of a row. */
  readonly short: (at: string) => string;
  /** The whole date and time, for titles. */
  readonly full: (at: string) => string;
  /** 5 minutes ago. */
  readonly ago: (at: string) => string;
}

const DAY_MS = 86_400_000;
const AGO: readonly [Intl.RelativeTimeFormatUnit, number][] = [['day', DAY_MS], ['hour', 3_600_000], ['minute', 60_000]];

/** Says times in `locale`; `now` is the time it is. */
export function dateTexts(locale: string, t: Translate, now: () => number = Date.now): DateTexts {
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' });
  const shortWeekday = new Intl.DateTimeFormat(locale, { weekday: 'short' });
  const date = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' });
  const shortDate = new Intl.DateTimeFormat(locale, { dateStyle: 'short' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const age = (at: string) => daysBetween(new Date(at), new Date(now()));
  return {
    time: (at) => time.format(new Date(at)),
    day: (at) => near(age(at), t) ?? (age(at) < 7 ? weekday : date).format(new Date(at)),
    short: (at) => age(at) <= 0 ? time.format(new Date(at)) : near(age(at), t) ?? (age(at) < 7 ? shortWeekday : shortDate).format(new Date(at)),
    full: (at) => full.format(new Date(at)),
    ago: (at) => {
      const past = now() - Date.parse(at);
      const [unit, length] = AGO.find(([, ms]) => past >= ms) ?? ['minute', 60_000];
      return relative.format(-Math.max(0, Math.floor(past / length)), unit);
    },
  };
}

function near(days: number, t: Translate): string | undefined {
  return days <= 0 ? t('today') : days === 1 ? t('yesterday') : undefined;
}

/** How many midnights lie between two times, where the reader is. */
function daysBetween(from: Date, to: Date): number {
  return Math.round((startOfDay(to) - startOfDay(from)) / DAY_MS);
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** A name of the day of `at` where the reader is; equal for times of one day. */
export function dayKey(at: string): string {
  return String(startOfDay(new Date(at)));
}
