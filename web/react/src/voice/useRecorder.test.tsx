import { act, renderHook } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { useRecorder } from './useRecorder.js';

const track = { stop: vi.fn() };
const microphone = vi.fn();

class FakeRecorder {
  static isTypeSupported = (type: string) => type === 'audio/webm;codecs=opus';
  state: 'inactive' | 'recording' = 'inactive';
  mimeType = 'audio/webm;codecs=opus';
  ondataavailable: ((event: { data: Blob }) => void) | undefined;
  onstop: (() => void) | undefined;
  start() {
    this.state = 'recording';
  }
  stop() {
    this.state = 'inactive';
    this.ondataavailable?.({ data: new Blob(['sound']) });
    this.onstop?.();
  }
}

beforeEach(() => {
  track.stop.mockReset();
  microphone.mockReset().mockResolvedValue({ getTracks: () => [track] });
  vi.stubGlobal('MediaRecorder', FakeRecorder);
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: microphone } });
});

const mount = () => {
  const recorded: File[] = [];
  const hook = renderHook(() => useRecorder((file) => recorded.push(file)));
  return { ...hook, recorded, phase: () => hook.result.current.state.phase };
};

it('records, gives the sound as a file, and lets the microphone go', async () => {
  const { result, recorded, phase } = mount();
  await act(() => result.current.start());
  expect(phase()).toBe('recording');
  await act(() => result.current.finish());
  expect(phase()).toBe('idle');
  expect(recorded[0]).toMatchObject({ type: 'audio/webm', size: 5 });
  expect(recorded[0]?.name).toMatch(/^voice-.*\.webm$/);
  expect(track.stop).toHaveBeenCalledOnce();
});

it('keeps nothing of what was discarded', async () => {
  const { result, recorded, phase } = mount();
  await act(() => result.current.start());
  act(() => result.current.cancel());
  expect(phase()).toBe('idle');
  expect(recorded).toEqual([]);
  expect(track.stop).toHaveBeenCalled();
});

it('lets go of a microphone that was allowed too late', async () => {
  const { result, phase } = mount();
  let allow: (stream: unknown) => void = () => undefined;
  microphone.mockReturnValue(new Promise((resolve) => { allow = resolve; }));
  let started = Promise.resolve();
  act(() => { started = result.current.start(); });
  expect(phase()).toBe('asking');
  act(() => result.current.cancel());
  await act(async () => {
    allow({ getTracks: () => [track] });
    await started;
  });
  expect(phase()).toBe('idle');
  expect(track.stop).toHaveBeenCalled();
});

it('lets go when it leaves the page', async () => {
  const { result, unmount } = mount();
  await act(() => result.current.start());
  unmount();
  expect(track.stop).toHaveBeenCalled();
});

it('says that the microphone is not allowed, and can be tried again', async () => {
  const { result, phase } = mount();
  microphone.mockRejectedValueOnce(new DOMException('', 'NotAllowedError'));
  await act(() => result.current.start());
  expect(result.current.state).toEqual({ phase: 'failed', problem: 'denied' });
  await act(() => result.current.start());
  expect(phase()).toBe('recording');
});

it('says where a browser cannot record', async () => {
  vi.stubGlobal('MediaRecorder', undefined);
  const { result } = mount();
  await act(() => result.current.start());
  expect(result.current.state).toEqual({ phase: 'failed', problem: 'unsupported' });
});
