/** Waveforms as numbers: how many bars there are room for, and the path that draws them. */

/** The loudest value of a waveform, as the server gives it. */
export const WAVE_MAX = 100;

/** Squeezes or stretches `values` (0 to 100) to exactly `bars` bars; each is the loudest of those it stands for. */
export function resample(values: readonly number[], bars: number): number[] {
  if (values.length === 0) return Array.from({ length: bars }, () => 0);
  return Array.from({ length: bars }, (_, bar) => {
    const from = Math.floor((bar * values.length) / bars);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * values.length) / bars));
    return clamp(Math.max(...values.slice(from, to)));
  });
}

/** An SVG path of upright strokes about the middle of a box `bars.length` wide and 100 high; silence is a dot. */
export function wavePath(bars: readonly number[]): string {
  return bars
    .map((value, bar) => {
      const half = Math.max(2, (clamp(value) * 0.92) / 2);
      return `M${bar + 0.5} ${round(50 - half)}V${round(50 + half)}`;
    })
    .join('');
}

/** Sound pressure (root mean square of samples from -1 to 1) as a bar from 0 to 100; quiet speech shows too. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  return clamp(Math.sqrt(rms) * 130);
}

/** Minutes and seconds, as a player shows them: `0:07`, `12:30`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

function clamp(value: number): number {
  return Math.min(WAVE_MAX, Math.max(0, value));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
