/** The same client over Socket.IO: where plain WebSocket does not get through. Needs `socket.io-client` 4. */
import { io } from 'socket.io-client';
import type { ChatClient, ChatClientOptions } from './api/client.js';
import type { Transport } from './api/transport.js';
import { createChatClient as create } from './create.js';
import type { ServerFrame } from './frames.js';

/** What the server says before `ready`, and before it ends a namespace. */
interface Refusal {
  code?: number | string;
  close_code?: number;
  reason?: string;
}

const NOBODY_REACHED = 1006;

/** Frames as events of the namespace `/ws/`. Coming back is the client's own affair, as with plain sockets. */
export const socketIoTransport: Transport = (request, listener) => {
  const url = new URL(request.url);
  url.protocol = url.protocol.replace('ws', 'http');
  const auth = request.ticket === null ? { token: request.token } : { ticket: request.ticket };
  const socket = io(url.href, { auth, forceNew: true, reconnection: false });
  let closing: Refusal = {};
  let isClosed = false;
  const end = (code: number, reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    socket.disconnect();
    listener.closed(code, reason);
  };
  socket.on('connect', () => listener.opened());
  socket.on('connect_error', (error: Error & { data?: Refusal }) => end(error.data?.close_code ?? NOBODY_REACHED, error.message));
  socket.on('disconnect', (reason) => end(typeof closing.code === 'number' ? closing.code : NOBODY_REACHED, closing.reason ?? reason));
  socket.onAny((type: string, rest: object | undefined) => {
    if (isClosed) return;
    if (type === 'closing') closing = rest ?? {};
    else listener.frame({ ...rest, type } as ServerFrame);
  });
  return {
    send: ({ type, ...rest }) => {
      if (!socket.connected) return false;
      socket.emit(type, rest);
      return true;
    },
    close: () => {
      isClosed = true;
      socket.disconnect();
    },
  };
};

/** Makes a client that speaks Socket.IO. Everything else is as with the main entry. */
export function createChatClient(options: ChatClientOptions): ChatClient {
  return create({ ...options, transport: socketIoTransport });
}
