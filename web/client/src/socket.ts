/** Frames over a plain WebSocket. */
import type { Transport } from './api/transport.js';
import type { ServerFrame } from './frames.js';

/** The transport that is used if no other is named. */
export const webSocketTransport: Transport = (request, listener) => {
  const url = new URL(request.url);
  if (request.ticket !== null) url.searchParams.set('ticket', request.ticket);
  const byProtocol = request.token !== null && !request.firstFrame;
  const socket = byProtocol ? new WebSocket(url, ['bearer', request.token]) : new WebSocket(url);
  let isClosed = false;
  socket.onopen = () => {
    if (request.token !== null && request.firstFrame) socket.send(JSON.stringify({ type: 'authenticate', token: request.token }));
    listener.opened();
  };
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (isClosed || typeof event.data !== 'string') return;
    listener.frame(JSON.parse(event.data) as ServerFrame);
  };
  socket.onclose = (event) => {
    if (isClosed) return;
    isClosed = true;
    listener.closed(event.code, event.reason);
  };
  return {
    send: (frame) => {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close: () => {
      isClosed = true;
      socket.close(1000);
    },
  };
};
