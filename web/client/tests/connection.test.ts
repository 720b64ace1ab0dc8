/** The connection: how it comes back, when it stays away, how tokens follow each other. */
import { expect, test, vi } from 'vitest';
import { createChatClient, UnauthorizedError, type ChatClient, type ChatClientOptions, type GetToken } from '../src/index.js';
import { fullJitter } from '../src/backoff.js';
import { verdictOn } from '../src/closing.js';
import { memoryStorage } from '../src/outbox/storage.js';
import { FakeServer, tokenOf } from './support/server.js';
import { pass, until, useMovedTime } from './support/time.js';

useMovedTime();

function clientOf(server: FakeServer, options: Partial<ChatClientOptions> = {}): ChatClient {
  const getToken: GetToken = () => tokenOf(1);
  return createChatClient({ url: 'ws://chat.test', getToken, transport: server.transport, fetch: server.fetch, storage: memoryStorage(), ...options });
}

const state = (client: ChatClient): string => client.status.get().state;

test('goes from idle to connected, and says who it is', async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  expect(state(client)).toBe('idle');
  const session = client.connect();
  expect(state(client)).toBe('connecting');
  await pass(50);
  expect(await session).toEqual({ userId: 1 });
  expect(client.status.get()).toMatchObject({ state: 'connected', attempt: 0, retryInMs: null, isLost: false });
  client.disconnect();
  expect(state(client)).toBe('disconnected');
  await pass(60_000);
  expect(server.sockets.size).toBe(0);
});

test('pauses grow, are random, and end at the most', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  expect([0, 1, 2, 5, 6, 1_000].map((attempt) => fullJitter(attempt, 500, 20_000))).toEqual([500, 1_000, 2_000, 16_000, 20_000, 20_000]);
  vi.mocked(Math.random).mockReturnValue(0);
  expect(fullJitter(9, 500, 20_000)).toBe(0);
  vi.restoreAllMocks();
});

test('comes back, says when, and that it is lost after 5 s', async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  await Promise.all([client.connect(), pass(50)]);
  server.isDown = true;
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  server.cut(1006, 'gone');
  expect(client.status.get()).toMatchObject({ state: 'reconnecting', code: 1006, reason: 'gone', attempt: 1, isLost: false });
  expect(client.status.get().retryAt).toBe(Date.now() + client.status.get().retryInMs!);
  await pass(4_900);
  expect(client.status.get().isLost).toBe(false);
  await pass(200);
  expect(client.status.get().isLost).toBe(true);
  expect(client.status.get().attempt).toBeGreaterThan(2);
  vi.restoreAllMocks();
  server.isDown = false;
  await until(() => state(client) === 'connected', 25_000);
  expect(client.status.get()).toMatchObject({ isLost: false, attempt: 0 });
  await client.close();
});

test('after 10 s of standing, pauses begin anew', async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  await Promise.all([client.connect(), pass(50)]);
  for (const attempt of [1, 2, 3]) {
    server.cut();
    expect(client.status.get().attempt).toBe(attempt);
    client.reconnectNow();
    await pass(50);
  }
  await pass(10_000);
  server.cut();
  expect(client.status.get().attempt).toBe(1);
  await client.close();
});

test('honours the pause that a gateway asks for when it stops', async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  await Promise.all([client.connect(), pass(50)]);
  server.cut(4001, 'reconnect_after_ms=3000');
  const { retryInMs } = client.status.get();
  expect(retryInMs).toBeGreaterThanOrEqual(3_000);
  expect(retryInMs).toBeLessThanOrEqual(3_500);
  await client.close();
});

test('stays away from 4500 on, but for tokens', async () => {
  expect([1006, 4001, 4002, 4004, 4013, 4029, 4499].map((code) => verdictOn(code, '').isFinal)).not.toContain(true);
  expect([4500, 4503, 4504, 4509, 4513].map((code) => verdictOn(code, '').isFinal)).not.toContain(false);
  expect([4003, 4501, 4508].map((code) => verdictOn(code, ''))).toEqual(Array(3).fill(expect.objectContaining({ isFinal: false, tokenIsBad: true })));
  const server = new FakeServer();
  const client = clientOf(server);
  await Promise.all([client.connect(), pass(50)]);
  server.cut(4509, 'too many');
  expect(client.status.get()).toMatchObject({ state: 'disconnected', code: 4509, reason: 'too many' });
  await pass(60_000);
  expect(server.sockets.size).toBe(0);
  await client.close();
});

test('a token that is refused is replaced once', async () => {
  const reasons: string[] = [];
  const server = new FakeServer();
  const client = clientOf(server, { getToken: ({ reason }) => (reasons.push(reason), tokenOf(1)) });
  await Promise.all([client.connect(), pass(50)]);
  server.cut(4501, '');
  await until(() => state(client) === 'connected');
  expect(reasons).toEqual(['connect', 'rejected']);
  await client.close();
});

test('two fresh tokens in a row that are refused end it', async () => {
  const getToken = vi.fn(() => tokenOf(1));
  const client = createChatClient({
    url: 'ws://chat.test',
    getToken,
    storage: memoryStorage(),
    transport: (_, listener) => (setTimeout(() => listener.closed(4501, 'no'), 5), { send: () => false, close: () => undefined }),
  });
  const connected = client.connect();
  await pass(5_000);
  await expect(connected).rejects.toBeInstanceOf(UnauthorizedError);
  expect(getToken).toHaveBeenCalledTimes(2);
  expect(client.status.get()).toMatchObject({ state: 'disconnected', code: 4501 });
});

test('nobody logged in: disconnected for good', async () => {
  const server = new FakeServer();
  const client = clientOf(server, { getToken: () => Promise.reject(new UnauthorizedError()) });
  const connected = client.connect();
  await pass(50);
  await expect(connected).rejects.toBeInstanceOf(UnauthorizedError);
  expect(state(client)).toBe('disconnected');
});

test('a token that cannot be had for now is asked for again', async () => {
  const server = new FakeServer();
  let failures = 2;
  const client = clientOf(server, { getToken: () => (failures-- > 0 ? Promise.reject(new Error('offline')) : tokenOf(1)) });
  const connected = client.connect();
  await until(() => state(client) === 'connected');
  await connected;
  await client.close();
});

test('brings a fresh token before the old one ends, on the same socket', async () => {
  const server = new FakeServer();
  let minted = 0;
  const client = clientOf(server, { getToken: () => tokenOf(1, { iat: Date.now() / 1000, exp: Date.now() / 1000 + 600, nth: (minted += 1) }) });
  await Promise.all([client.connect(), pass(50)]);
  await pass(530_000);
  expect(minted).toBe(1);
  await pass(20_000);
  expect(minted).toBe(2);
  expect(server.heard.filter((frame) => frame.type === 'authenticate')).toHaveLength(1);
  expect(server.sockets.size).toBe(1);
  expect(client.status.get()).toMatchObject({ state: 'connected', code: null });
  await client.close();
}, 120_000);

test('a silent connection is asked, and given up when it does not answer', async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  await Promise.all([client.connect(), pass(50)]);
  await pass(31_000);
  expect(server.heard.at(-1)).toEqual({ type: 'ping' });
  await pass(10_000);
  expect(state(client)).toBe('connected');
  server.latencyMs = 1e9;
  await until(() => state(client) === 'reconnecting', 36_000);
  expect(client.status.get().reason).toBe('Nothing was heard.');
  await client.close();
}, 120_000);

test('a socket that never gets ready is given up', async () => {
  const client = createChatClient({ url: 'ws://chat.test', getToken: () => tokenOf(1), storage: memoryStorage(), transport: () => ({ send: () => true, close: () => undefined }) });
  void client.connect();
  await pass(9_000);
  expect(client.status.get().retryInMs).toBe(null);
  await pass(1_500);
  expect(client.status.get().reason).toBe('Not ready in time.');
  await client.close();
});
