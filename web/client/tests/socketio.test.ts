/** Frames as events of Socket.IO. */
import { expect, test, vi } from 'vitest';
import type { TransportListener } from '../src/api/transport.js';
import { socketIoTransport } from '../src/socketio.js';

type Act = (...values: unknown[]) => void;
const handlers = new Map<string, Act>();
const socket = { connected: true, on: (name: string, act: Act) => handlers.set(name, act), onAny: (act: Act) => handlers.set('*', act), emit: vi.fn(), disconnect: vi.fn() };
const io = vi.hoisted(() => vi.fn());
vi.mock('socket.io-client', () => ({ io }));

function open(): { listener: { [K in keyof TransportListener]: ReturnType<typeof vi.fn> }; connection: ReturnType<typeof socketIoTransport> } {
  io.mockReturnValue(socket);
  const listener = { opened: vi.fn(), frame: vi.fn(), closed: vi.fn() };
  return { listener, connection: socketIoTransport({ url: 'wss://chat.test/ws/', token: 'a.b.c', ticket: null, firstFrame: false }, listener) };
}

test('the namespace is the path, the token is said at once, and only the client comes back', () => {
  open();
  expect(io).toHaveBeenLastCalledWith('https://chat.test/ws/', { auth: { token: 'a.b.c' }, forceNew: true, reconnection: false });
});

test('events are frames, in both directions', () => {
  const { listener, connection } = open();
  handlers.get('*')!('pong', {});
  handlers.get('*')!('authenticated', { expires_at: 'then' });
  expect(listener.frame.mock.calls).toEqual([[{ type: 'pong' }], [{ type: 'authenticated', expires_at: 'then' }]]);
  expect(connection.send({ type: 'typing_start', conversation_id: 'c-1' })).toBe(true);
  expect(socket.emit).toHaveBeenLastCalledWith('typing_start', { conversation_id: 'c-1' });
});

test('it ends once, with the code of the plain socket', () => {
  const refused = open();
  handlers.get('connect_error')!(Object.assign(new Error('no'), { data: { code: 'not_authenticated', close_code: 4501 } }));
  expect(refused.listener.closed.mock.calls).toEqual([[4501, 'no']]);
  const stopped = open();
  handlers.get('*')!('closing', { code: 4001, reason: 'reconnect_after_ms=500' });
  handlers.get('disconnect')!('transport close');
  handlers.get('disconnect')!('transport close');
  expect(stopped.listener.closed.mock.calls).toEqual([[4001, 'reconnect_after_ms=500']]);
  const dropped = open();
  handlers.get('disconnect')!('ping timeout');
  expect(dropped.listener.closed.mock.calls).toEqual([[1006, 'ping timeout']]);
});
