// @vitest-environment node
import { expect, it, vi } from 'vitest';
import { UnauthorizedError } from '@workconnect/chat-client';
import { createTokenRoute } from './next.js';
import { tokenFrom } from './provider/tokenFrom.js';

const { POST } = createTokenRoute({
  authorize: (request) => request.headers.get('cookie') === 'session=clara' ? { id: 1 } : null,
  mint: ({ id }) => `token of ${id}`,
});
const ask = (headers: Record<string, string>) => POST(new Request('https://example.com/api/chat/token', { method: 'POST', headers }));
const context = { reason: 'connect', signal: new AbortController().signal } as const;

it('gives a token to who is logged in, and has it kept nowhere', async () => {
  const answer = await ask({ cookie: 'session=clara', 'sec-fetch-site': 'same-origin' });
  expect(await answer.json()).toEqual({ token: 'token of 1' });
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

it('refuses strangers, and pages of other sites', async () => {
  expect((await ask({})).status).toBe(401);
  expect((await ask({ cookie: 'session=clara', 'sec-fetch-site': 'cross-site' })).status).toBe(403);
});

it('is asked by the client; nobody logged in is for good, anything else is not', async () => {
  const fetch = vi.spyOn(globalThis, 'fetch');
  fetch.mockResolvedValueOnce(await ask({ cookie: 'session=clara' }));
  expect(await tokenFrom('/api/chat/token')(context)).toBe('token of 1');
  fetch.mockResolvedValueOnce(await ask({}));
  await expect(tokenFrom('/api/chat/token')(context)).rejects.toBeInstanceOf(UnauthorizedError);
  fetch.mockResolvedValueOnce(new Response(null, { status: 502 }));
  await expect(tokenFrom('/api/chat/token')(context)).rejects.not.toBeInstanceOf(UnauthorizedError);
});
