import { describe, expect, it } from 'vitest';
import { IDLE, METER_BARS, problemOf, recording, recordingName, recordingType, type RecordingState, type RecordingStep } from './recorder.js';
import { clockTime, levelOf, resample, wavePath } from './waveform.js';
import { soundsNoMore, soundsNow } from './player.js';

const run = (steps: readonly RecordingStep[], from: RecordingState = IDLE) => steps.reduce(recording, from);

describe('a recording', () => {
  it('goes from asking over recording to nothing again', () => {
    const recorded = run([{ type: 'start' }, { type: 'granted' }, { type: 'level', elapsedMs: 66, level: 30 }]);
    expect(recorded).toEqual({ phase: 'recording', elapsedMs: 66, levels: [30] });
    expect(run([{ type: 'finish' }], recorded)).toEqual({ phase: 'finishing', elapsedMs: 66 });
    expect(run([{ type: 'finish' }, { type: 'finished' }], recorded)).toEqual(IDLE);
  });

  it('takes no late answer after it was cancelled', () => {
    expect(run([{ type: 'start' }, { type: 'cancel' }, { type: 'granted' }])).toEqual(IDLE);
    expect(run([{ type: 'start' }, { type: 'cancel' }, { type: 'fail', problem: 'denied' }])).toEqual(IDLE);
  });

  it('can be tried again after a refusal', () => {
    const refused = run([{ type: 'start' }, { type: 'fail', problem: 'denied' }]);
    expect(refused).toEqual({ phase: 'failed', problem: 'denied' });
    expect(run([{ type: 'start' }], refused)).toEqual({ phase: 'asking' });
  });

  it('keeps as many levels as the meter shows', () => {
    const levels = Array.from({ length: METER_BARS + 5 }, (_, level): RecordingStep => ({ type: 'level', elapsedMs: level, level }));
    const state = run([{ type: 'start' }, { type: 'granted' }, ...levels]);
    expect(state.phase === 'recording' && state.levels.length).toBe(METER_BARS);
    expect(state.phase === 'recording' && state.levels.at(-1)).toBe(METER_BARS + 4);
  });

  it('tells what a refusal means', () => {
    expect(problemOf(new DOMException('', 'NotAllowedError'))).toBe('denied');
    expect(problemOf(new DOMException('', 'NotFoundError'))).toBe('no_microphone');
    expect(problemOf('odd')).toBe('failed');
  });

  it('prefers Opus in WebM, and names the file by its kind', () => {
    expect(recordingType(() => true)).toBe('audio/webm;codecs=opus');
    expect(recordingType((type) => type === 'audio/mp4')).toBe('audio/mp4');
    expect(recordingType(() => false)).toBeUndefined();
    expect(recordingName('audio/mp4', new Date('2026-11-23T09:10:42Z'))).toBe('voice-2026-11-23T09-10-42.m4a');
  });
});

describe('a waveform', () => {
  it('keeps the loudest of what a bar stands for, and stretches short ones', () => {
    expect(resample([1, 9, 3, 4], 2)).toEqual([9, 4]);
    expect(resample([5, 7], 4)).toEqual([5, 5, 7, 7]);
    expect(resample([], 3)).toEqual([0, 0, 0]);
    expect(resample([-4, 180], 2)).toEqual([0, 100]);
  });

  it('draws a stroke for each bar, also for silence', () => {
    expect(wavePath([0, 100])).toBe('M0.5 48V52M1.5 4V96');
  });

  it('takes silence as nothing and loud sound as all', () => {
    expect(levelOf(new Float32Array(8))).toBe(0);
    expect(levelOf(new Float32Array(8).fill(1))).toBe(100);
  });

  it('writes minutes and seconds', () => {
    expect([0, 4180, 750_000].map(clockTime)).toEqual(['0:00', '0:04', '12:30']);
  });
});

describe('players', () => {
  it('are silenced by another one, not by themselves', () => {
    const paused: string[] = [];
    const [one, two] = ['one', 'two'].map((name) => ({ pause: () => { paused.push(name); } })) as [{ pause(): void }, { pause(): void }];
    soundsNow(one);
    soundsNow(one);
    soundsNow(two);
    soundsNoMore(two);
    soundsNow(one);
    expect(paused).toEqual(['one']);
  });
});
