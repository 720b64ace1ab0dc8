/** Plain sockets, real ones on loopback. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws';
import type { IncomingMessage } from 'node:http';
import { createChatClient, type ChatClientOptions } from '../src/index.js';
import { memoryStorage } from '../src/outbox/storage.js';
import { tokenOf } from './support/server.js';

const servers: WebSocketServer[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function listen(onSocket: (socket: ServerSocket, request: IncomingMessage) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: (offered) => (offered.has('bearer') ? 'bearer' : false) });
  servers.push(server);
  server.on('connection', onSocket);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ready = JSON.stringify({ type: 'ready', user_id: 1, log_epoch: 1, heartbeat_seconds: 25 });
const none: typeof fetch = () => Promise.resolve(Response.json({ total: 0, conversations: [] }));
const options = (url: string): ChatClientOptions => ({ url, getToken: () => tokenOf(1), storage: memoryStorage(), fetch: none });

test('the token goes with the upgrade as a subprotocol, and never into the address', async () => {
  let seen: IncomingMessage | undefined;
  const url = await listen((socket, request) => {
    seen = request;
    socket.send(ready);
  });
  const client = createChatClient(options(url));
  expect(await client.connect()).toEqual({ userId: 1 });
  expect(seen?.url).toBe('/ws/');
  expect(seen?.headers['sec-websocket-protocol']?.split(/, ?/)).toEqual(['bearer', tokenOf(1)]);
  await client.close();
});

test('the token goes in a first frame', async () => {
  const url = await listen((socket) => {
    socket.once('message', (data: Buffer) => {
      expect(JSON.parse(data.toString())).toEqual({ type: 'authenticate', token: tokenOf(1) });
      socket.send(ready);
    });
  });
  const client = createChatClient({ ...options(url), authentication: 'first_frame' });
  await client.connect();
  await client.close();
});

test('a ticket goes into the address', async () => {
  const url = await listen((socket, request) => {
    expect(request.url).toBe('/ws/?ticket=t-1');
    expect(request.headers['sec-websocket-protocol']).toBe(undefined);
    socket.send(ready);
  });
  const fetcher: typeof fetch = (input, init) =>
    Promise.resolve(String(input).endsWith('/api/auth/ticket/') && init?.method === 'POST' ? Response.json({ ticket: 't-1', expires_at: '' }, { status: 201 }) : Response.json({ total: 0, conversations: [] }));
  const client = createChatClient({ ...options(url), authentication: 'ticket', fetch: fetcher });
  await client.connect();
  await client.close();
});

test('a socket that breaks is replaced, and its code is told', async () => {
  let sockets = 0;
  const url = await listen((socket) => {
    sockets += 1;
    socket.send(ready);
    if (sockets === 1) setTimeout(() => socket.close(4002, 'too slow'), 20);
  });
  const client = createChatClient({ ...options(url), reconnect: { minMs: 10, maxMs: 20 } });
  await client.connect();
  const states: string[] = [];
  await new Promise<void>((resolve) =>
    client.status.subscribe(() => {
      const { state, code, reason } = client.status.get();
      states.push(`${state} ${code} ${reason}`);
      if (state === 'connected') resolve();
    }),
  );
  expect(states).toContain('reconnecting 4002 too slow');
  expect(sockets).toBe(2);
  await client.close();
});
