import { createStore } from '@workconnect/chat-client';
import type { ClientFrame, TransportListener } from '@workconnect/chat-client';
import { afterEach, expect, test, vi } from 'vitest';
import { Line } from './line';

interface FakeSocket {
  readonly listener: TransportListener;
  readonly sent: ClientFrame[];
  isClosed: boolean;
}

const sockets: FakeSocket[] = [];

vi.mock('@workconnect/chat-client', async (original) => ({
  ...(await original<{ createStore: typeof createStore }>()),
  webSocketTransport: (_: unknown, listener: TransportListener) => {
    const socket: FakeSocket = { listener, sent: [], isClosed: false };
    sockets.push(socket);
    return {
      send: (frame: ClientFrame) => socket.sent.push(frame) > 0,
      close: () => {
        socket.isClosed = true;
      },
    };
  },
}));

const request = { url: 'ws://x/ws/', token: 't', ticket: null, firstFrame: false };

function listener() {
  return { opened: vi.fn(), frame: vi.fn(), closed: vi.fn() };
}

afterEach(() => {
  sockets.length = 0;
  vi.unstubAllGlobals();
});

test('a cut ends what is open, and nothing opens until it is mended', async () => {
  const line = new Line();
  const first = listener();
  line.transport(request, first);
  line.cut(true);
  expect(first.closed).toHaveBeenCalledExactlyOnceWith(1006, '');
  expect(sockets[0]?.isClosed).toBe(true);

  const second = listener();
  expect(line.transport(request, second).send({ type: 'ping' })).toBe(false);
  await vi.waitFor(() => expect(second.closed).toHaveBeenCalledWith(1006, ''));
  expect(sockets).toHaveLength(1);

  line.cut(false);
  expect(line.transport(request, listener()).send({ type: 'ping' })).toBe(true);
  expect(sockets).toHaveLength(2);
});

test('requests fail while the line is cut, also those under way', async () => {
  const line = new Line();
  vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  }));
  const underWay = line.fetch('/api/');
  line.cut(true);
  await expect(underWay).rejects.toThrow('cut');
  await expect(line.fetch('/api/')).rejects.toThrow('cut');
});

test('whoever watches the line sees both directions', () => {
  const watcher = { sent: vi.fn(), received: vi.fn() };
  const connection = new Line(watcher).transport(request, listener());
  connection.send({ type: 'ping' });
  sockets[0]?.listener.frame({ type: 'pong' });
  expect(watcher.sent).toHaveBeenCalledWith({ type: 'ping' });
  expect(watcher.received).toHaveBeenCalledWith({ type: 'pong' });
});
