/** A voice recording as a state machine: what may happen when, apart from microphones and recorders. */

/** Why no recording came about. */
export type RecordingProblem = 'denied' | 'no_microphone' | 'unsupported' | 'failed';

/** Where a recording stands. `asking` waits for the person's permission. */
export type RecordingState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'asking' }
  | { readonly phase: 'recording'; readonly elapsedMs: number; readonly levels: readonly number[] }
  | { readonly phase: 'finishing'; readonly elapsedMs: number }
  | { readonly phase: 'failed'; readonly problem: RecordingProblem };

/** What moves a recording on. */
export type RecordingStep =
  | { readonly type: 'start' }
  | { readonly type: 'granted' }
  | { readonly type: 'level'; readonly elapsedMs: number; readonly level: number }
  | { readonly type: 'finish' }
  | { readonly type: 'finished' }
  | { readonly type: 'cancel' }
  | { readonly type: 'fail'; readonly problem: RecordingProblem };

/** How many of the newest levels the meter shows. */
export const METER_BARS = 40;

/** Nothing is being recorded. */
export const IDLE: RecordingState = { phase: 'idle' };

/** The next state. A step that does not fit the state changes nothing: late answers of the browser are harmless. */
export function recording(state: RecordingState, step: RecordingStep): RecordingState {
  switch (step.type) {
    case 'start':
      return state.phase === 'idle' || state.phase === 'failed' ? { phase: 'asking' } : state;
    case 'granted':
      return state.phase === 'asking' ? { phase: 'recording', elapsedMs: 0, levels: [] } : state;
    case 'level':
      if (state.phase !== 'recording') return state;
      return { phase: 'recording', elapsedMs: step.elapsedMs, levels: [...state.levels, step.level].slice(-METER_BARS) };
    case 'finish':
      return state.phase === 'recording' ? { phase: 'finishing', elapsedMs: state.elapsedMs } : state;
    case 'finished':
      return state.phase === 'finishing' ? IDLE : state;
    case 'cancel':
      return IDLE;
    case 'fail':
      return state.phase === 'idle' ? state : { phase: 'failed', problem: step.problem };
  }
}

/** What a refusal of the browser means to the person. */
export function problemOf(error: unknown): RecordingProblem {
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'NotReadableError' || name === 'OverconstrainedError') return 'no_microphone';
  if (name === 'NotSupportedError') return 'unsupported';
  return 'failed';
}

const WANTED_TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4', 'audio/webm'];

/** The best kind of sound that this browser records and the server understands; `undefined` leaves it to the browser. */
export function recordingType(isSupported: (type: string) => boolean): string | undefined {
  return WANTED_TYPES.find(isSupported);
}

/** A name for the file, by its kind and the moment in which it was made. */
export function recordingName(type: string, at: Date): string {
  const ending = type.startsWith('audio/ogg') ? 'ogg' : type.startsWith('audio/mp4') ? 'm4a' : 'webm';
  return `voice-${at.toISOString().slice(0, 19).replaceAll(':', '-')}.${ending}`;
}
