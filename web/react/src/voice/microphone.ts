/** The shell about a recording: the browser's microphone, recorder and level meter. */
import { levelOf } from './waveform.js';
import { recordingType } from './recorder.js';

/** A recording under way. Exactly one of `finish` and `discard` ends it and lets the microphone go. */
export interface Recording {
  /** Ends it and gives the sound. */
  finish(): Promise<Blob>;
  /** Ends it; nothing is kept. */
  discard(): void;
}

/** What a recording tells while it goes on. */
export interface RecordingListener {
  /** About fifteen times a second: how long it has lasted and how loud it is (0 to 100). */
  onLevel(elapsedMs: number, level: number): void;
  /** The recorder broke off by itself, e.g. because the microphone was unplugged. */
  onBroken(error: unknown): void;
}

const LEVEL_EVERY_MS = 66;

/** Whether this browser can record at all. Insecure pages cannot. */
export function canRecord(): boolean {
  return typeof MediaRecorder !== 'undefined' && typeof navigator !== 'undefined' && 'mediaDevices' in navigator;
}

/** Asks for the microphone and begins to record. Rejects when the person or the browser refuses. */
export async function record(listener: RecordingListener): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
  try {
    return startOn(stream, listener);
  } catch (error) {
    letGo(stream);
    throw error;
  }
}

function startOn(stream: MediaStream, listener: RecordingListener): Recording {
  const mimeType = recordingType((type) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: 32_000 });
  const parts: Blob[] = [];
  const stopMeter = meter(stream, listener);
  let over = false;
  recorder.ondataavailable = (event) => parts.push(event.data);
  recorder.onerror = (event) => { if (!over) listener.onBroken(event); };
  recorder.start(1000);
  const end = () => {
    over = true;
    stopMeter();
    letGo(stream);
  };
  return {
    finish: () => new Promise((resolve) => {
      const give = () => resolve(new Blob(parts, { type: recorder.mimeType || mimeType || 'audio/webm' }));
      recorder.onstop = () => { end(); give(); };
      if (recorder.state === 'inactive') { end(); give(); } else recorder.stop();
    }),
    discard() {
      if (recorder.state !== 'inactive') recorder.stop();
      end();
    },
  };
}

/** Calls `onLevel` until the function it returns is called. Without Web Audio the time alone is told. */
function meter(stream: MediaStream, listener: RecordingListener): () => void {
  const startedAt = performance.now();
  const context = typeof AudioContext === 'undefined' ? undefined : new AudioContext();
  const analyser = context?.createAnalyser();
  if (context && analyser) {
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
  }
  const samples = new Float32Array(1024);
  const timer = setInterval(() => {
    analyser?.getFloatTimeDomainData(samples);
    listener.onLevel(performance.now() - startedAt, levelOf(samples));
  }, LEVEL_EVERY_MS);
  return () => {
    clearInterval(timer);
    void context?.close();
  };
}

function letGo(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
