/** A waveform as a picture; what has been played stands out. */

import { wavePath } from './waveform.js';

/** Props of a waveform. */
export interface WaveformProps {
  /** Values from 0 to 100, one a bar. */
  readonly bars: readonly number[];
  /** How much of it was played, from 0 to 1. */
  readonly played?: number;
}

/** A waveform. It says nothing to screen readers. */
export function Waveform({ bars, played = 0 }: WaveformProps) {
  const done = Math.round(bars.length * played);
  return (
    <svg className="chat-waveform" viewBox={`0 0 ${bars.length} 100`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path d={wavePath(bars)} className="chat-waveform__rest" />
      {done > 0 && <path d={wavePath(bars.slice(0, done))} className="chat-waveform__played" />}
    </svg>
  );
}
