/** Playing a voice message. */

import type { Attachment } from '@workconnect/chat-client';
import { useEffect, useRef, useState } from 'react';
import { useAttachmentUrl } from '../attachments/useAttachmentUrl.js';
import { soundsNoMore, soundsNow } from './player.js';

/** A voice message and where its playing stands. */
export interface Playback {
  readonly isPlaying: boolean;
  readonly isLoading: boolean;
  readonly failed: boolean;
  readonly positionMs: number;
  readonly durationMs: number;
  readonly rate: number;
  readonly toggle: () => void;
  readonly seek: (positionMs: number) => void;
  readonly nextRate: () => void;
}

const RATES = [1, 1.5, 2] as const;

/** Plays a voice message. It is loaded when it is first played; other players fall silent. */
export function usePlayback(attachment: Attachment): Playback {
  const [wanted, setWanted] = useState(false);
  const [isPlaying, setPlaying] = useState(false);
  const [unplayable, setUnplayable] = useState(false);
  const [positionMs, setPosition] = useState(0);
  const [learnedMs, setLearned] = useState(0);
  const [rate, setRate] = useState(1);
  const audio = useRef<HTMLAudioElement | undefined>(undefined);
  const { url, failed, retry } = useAttachmentUrl(attachment, 'full', wanted);

  useEffect(() => {
    if (!url) return undefined;
    const player = new Audio(url);
    audio.current = player;
    const stopped = () => {
      setPlaying(false);
      soundsNoMore(player);
    };
    const listeners = {
      play: () => setPlaying(true),
      pause: stopped,
      ended: () => setPosition(0),
      error: () => setUnplayable(true),
      timeupdate: () => setPosition(player.currentTime * 1000),
      // What a browser recorded says no length of its own until it was played to the end.
      durationchange: () => { if (Number.isFinite(player.duration)) setLearned(player.duration * 1000); },
    };
    for (const [type, listener] of Object.entries(listeners)) player.addEventListener(type, listener);
    begin(player);
    return () => {
      player.pause();
      stopped();
      for (const [type, listener] of Object.entries(listeners)) player.removeEventListener(type, listener);
      audio.current = undefined;
    };
  }, [url]);
  useEffect(() => {
    if (audio.current) audio.current.playbackRate = rate;
  }, [rate, url]);

  const toggle = () => {
    const player = audio.current;
    if (failed) retry();
    else if (!player) setWanted(true);
    else if (player.paused) begin(player);
    else player.pause();
  };
  return {
    isPlaying,
    isLoading: wanted && !url && !failed,
    failed: failed || unplayable,
    positionMs,
    durationMs: attachment.duration_ms ?? learnedMs,
    rate,
    toggle,
    seek(to) {
      setPosition(to);
      if (audio.current) audio.current.currentTime = to / 1000;
    },
    nextRate: () => setRate(RATES[(RATES.findIndex((one) => one === rate) + 1) % RATES.length] ?? 1),
  };
}

/** A browser that does not let it sound (yet) leaves it paused. */
function begin(player: HTMLAudioElement): void {
  soundsNow(player);
  player.play()?.catch(() => undefined);
}
