import type { ClientFrame, ServerFrame } from '@workconnect/chat-client';
import { expect, test, vi } from 'vitest';
import { Stopwatch } from './stopwatch';

const send = { type: 'send_message', content: 'Hi', client_id: 'a' } as ClientFrame;
const stored = { type: 'message_sent', client_id: 'a' } as ServerFrame;
const received = { type: 'message_received', message: { client_id: 'a' } } as ServerFrame;

test('it measures until the sender knows and until the other one has it', () => {
  const now = vi.spyOn(performance, 'now').mockReturnValue(100);
  const stopwatch = new Stopwatch();
  stopwatch.watcher(1).sent(send);
  now.mockReturnValue(112);
  stopwatch.watcher(1).received(received);
  stopwatch.watcher(1).received(stored);
  now.mockReturnValue(120);
  stopwatch.watcher(2).received(received);
  expect(stopwatch.timing(1).get()).toEqual({ storedMs: 12, arrivedMs: 20 });
  expect(stopwatch.timing(2).get()).toEqual({ storedMs: null, arrivedMs: null });
});
