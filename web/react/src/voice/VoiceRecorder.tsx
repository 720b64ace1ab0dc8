/** What stands in place of the text while a voice message is recorded. */

import { useEffect, useRef } from 'react';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { METER_BARS } from './recorder.js';
import type { Recorder } from './useRecorder.js';
import { MAX_RECORDING_MS } from './useRecorder.js';
import { clockTime } from './waveform.js';
import { Waveform } from './WaveformPicture.js';

/** A recording under way: time, level, discard and send. Esc discards. */
export function VoiceRecorder({ recorder }: { readonly recorder: Recorder }) {
  const { t } = useText();
  const { state, finish, cancel } = recorder;
  const send = useRef<HTMLButtonElement>(null);
  const elapsedMs = 'elapsedMs' in state ? state.elapsedMs : 0;
  const isRecording = state.phase === 'recording';
  const isFull = isRecording && elapsedMs >= MAX_RECORDING_MS;
  useEffect(() => send.current?.focus(), []);
  useEffect(() => {
    if (isFull) void finish();
  }, [isFull, finish]);
  return (
    <div
      className="chat-recorder" role="group" aria-label={t('recordVoice')} data-phase={state.phase}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        cancel();
      }}
    >
      <button type="button" className="chat-icon-button" aria-label={t('cancelRecording')} title={t('cancelRecording')} onClick={cancel}>
        <Icon name="trash" />
      </button>
      {state.phase === 'asking' ? (
        <span className="chat-recorder__note" role="status">{t('askingMicrophone')}</span>
      ) : (
        <>
          <span className="chat-recorder__dot" aria-hidden="true" />
          <span className="chat-recorder__time" role="timer" aria-label={t('recordingFor', { time: clockTime(elapsedMs) })}>{clockTime(elapsedMs)}</span>
          <Waveform bars={padded(state.phase === 'recording' ? state.levels : [])} />
          <span className="chat-sr-only" role="status">{t('recordingStarted')}</span>
        </>
      )}
      <button
        ref={send} type="button" className="chat-send" aria-label={t('sendRecording')} title={t('sendRecording')}
        aria-disabled={!isRecording} onClick={() => void finish()}
      >
        <Icon name="send" />
      </button>
    </div>
  );
}

/** The newest level stands at the end; before there were enough of them there is silence. */
function padded(levels: readonly number[]): number[] {
  return [...Array.from({ length: METER_BARS - levels.length }, () => 0), ...levels];
}
