/** A voice message: play, its waveform as a slider, how long it is, how fast. */

import type { Attachment } from '@workconnect/chat-client';
import { useMemo } from 'react';
import type { KeyboardEvent } from 'react';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { usePlayback } from './usePlayback.js';
import { clockTime, resample } from './waveform.js';
import { Waveform } from './WaveformPicture.js';

const BARS = 48;
/** How far an arrow key goes: as far as players usually do, and never more than a tenth. */
const STEP_MS = 5000;

/** A voice message that can be played. */
export function VoicePlayer({ attachment }: { readonly attachment: Attachment }) {
  const { t, locale } = useText();
  const playback = usePlayback(attachment);
  const { isPlaying, positionMs, durationMs } = playback;
  const bars = useMemo(() => resample(attachment.waveform ?? [], BARS), [attachment.waveform]);
  const duration = clockTime(durationMs);
  const position = Math.min(positionMs, durationMs);
  const label = isPlaying ? t('pauseVoice') : t('playVoice', { time: duration });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = Math.max(500, Math.min(STEP_MS, durationMs / 10));
    const by = event.key === 'ArrowRight' || event.key === 'ArrowUp' ? step : event.key === 'ArrowLeft' || event.key === 'ArrowDown' ? -step : 0;
    if (by === 0) return;
    event.preventDefault();
    playback.seek(Math.min(durationMs, Math.max(0, position + by)));
  };
  return (
    <div className="chat-voice" role="group" aria-label={t('voiceMessage')}>
      <button type="button" className="chat-voice__play" aria-label={label} title={label} aria-busy={playback.isLoading} onClick={playback.toggle}>
        {playback.isLoading ? <span className="chat-spinner" /> : <Icon name={isPlaying ? 'pause' : 'play'} />}
      </button>
      <div className="chat-voice__wave">
        <Waveform bars={bars} played={durationMs > 0 ? position / durationMs : 0} />
        <input
          type="range" className="chat-voice__seek" min={0} max={Math.max(1, Math.round(durationMs))} step={10} value={Math.round(position)} dir="ltr"
          aria-label={t('voicePosition')} aria-valuetext={t('voicePositionText', { position: clockTime(position), duration })}
          onChange={(event) => playback.seek(Number(event.target.value))} onKeyDown={onKeyDown}
        />
      </div>
      <span className="chat-voice__time">{clockTime(isPlaying || position > 0 ? position : durationMs)}</span>
      <button type="button" className="chat-voice__rate" aria-label={`${t('playbackSpeed')}: ${playback.rate}×`} onClick={playback.nextRate}>
        {new Intl.NumberFormat(locale).format(playback.rate)}×
      </button>
      <span role="status" className="chat-voice__problem">{playback.failed && t('playbackFailed')}</span>
    </div>
  );
}
