/** Recording a voice message, for components. */

import { useCallback, useEffect, useReducer, useRef } from 'react';
import type { Recording } from './microphone.js';
import { IDLE, problemOf, recording, recordingName } from './recorder.js';
import type { RecordingState } from './recorder.js';

/** The longest voice message: ten minutes. */
export const MAX_RECORDING_MS = 10 * 60_000;

/** A recorder and where it stands. */
export interface Recorder {
  readonly state: RecordingState;
  start(): Promise<void>;
  /** Ends the recording and gives it to `onRecorded`. */
  finish(): Promise<void>;
  cancel(): void;
}

/** A recorder that gives what was recorded to `onRecorded`. It lets the microphone go on unmount. */
export function useRecorder(onRecorded: (file: File) => void): Recorder {
  const [state, dispatch] = useReducer(recording, IDLE);
  const current = useRef<Recording | undefined>(undefined);
  const turn = useRef(0);

  const cancel = useCallback(() => {
    turn.current += 1;
    current.current?.discard();
    current.current = undefined;
    dispatch({ type: 'cancel' });
  }, []);
  useEffect(() => cancel, [cancel]);

  const fail = (error: unknown) => {
    current.current?.discard();
    current.current = undefined;
    dispatch({ type: 'fail', problem: problemOf(error) });
  };
  const start = async () => {
    const mine = (turn.current += 1);
    dispatch({ type: 'start' });
    try {
      const { canRecord, record } = await import('./microphone.js');
      if (!canRecord()) return dispatch({ type: 'fail', problem: 'unsupported' });
      const began = await record({
        onLevel: (elapsedMs, level) => dispatch({ type: 'level', elapsedMs, level }),
        onBroken: fail,
      });
      // Meanwhile it may have been cancelled; then the microphone is let go at once.
      if (turn.current !== mine) return began.discard();
      current.current = began;
      dispatch({ type: 'granted' });
    } catch (error) {
      if (turn.current === mine) fail(error);
    }
  };
  const finish = async () => {
    const under = current.current;
    if (!under) return;
    current.current = undefined;
    dispatch({ type: 'finish' });
    const sound = await under.finish();
    dispatch({ type: 'finished' });
    const type = sound.type.split(';')[0] ?? sound.type;
    onRecorded(new File([sound], recordingName(type, new Date()), { type }));
  };
  return { state, start, finish, cancel };
}
