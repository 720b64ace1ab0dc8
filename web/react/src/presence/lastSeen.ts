/** When somebody was last here, in words. */

const STEPS: readonly { unit: Intl.RelativeTimeFormatUnit; ms: number; below: number }[] = [
  { unit: 'minute', ms: 60_000, below: 3_600_000 },
  { unit: 'hour', ms: 3_600_000, below: 86_400_000 },
  { unit: 'day', ms: 86_400_000, below: 7 * 86_400_000 },
];

/** `5 minutes ago`, `yesterday`; more than a week ago the date. Less than a minute, and clocks that are ahead, count as a minute. */
export function relativeTime(at: Date, now: Date, locale?: string): string {
  const agoMs = now.getTime() - at.getTime();
  const step = STEPS.find(({ below }) => agoMs < below);
  if (!step) return at.toLocaleDateString(locale, { dateStyle: 'medium' });
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return format.format(-Math.max(1, Math.floor(agoMs / step.ms)), step.unit);
}

/** In how many milliseconds `relativeTime` may say something else. */
export function nextChangeMs(at: Date, now: Date): number {
  const agoMs = now.getTime() - at.getTime();
  return agoMs < 3_600_000 ? 60_000 : 3_600_000;
}
