/** What servers do: tokens and webhooks. */
import { generateKeyPair, jwtVerify } from 'jose';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { mintToken, verifyWebhook } from '../src/server.js';

const SECRET = 'a secret that is long enough for HS256';

test('a token says who it is, until when, and is signed', async () => {
  const token = await mintToken({ userId: 7, name: 'Clara', role: 'client' }, { key: SECRET, issuer: 'shop', expiresInSeconds: 60 });
  const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(SECRET), { issuer: 'shop' });
  expect(protectedHeader.alg).toBe('HS256');
  expect(payload).toMatchObject({ sub: '7', name: 'Clara', role: 'client' });
  expect(payload.exp! - payload.iat!).toBe(60);
  expect(() => mintToken({ userId: 0 }, { key: SECRET })).toThrow(RangeError);
});

test('a token may be signed with a private key that has a name', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const token = await mintToken({ userId: 7 }, { key: privateKey, algorithm: 'ES256', keyId: 'k-1', audience: 'chat' });
  const { protectedHeader } = await jwtVerify(token, publicKey, { audience: 'chat' });
  expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'k-1', typ: 'JWT' });
});

const secretOf = (text: string): string => `whsec_${btoa(text.padEnd(24, '.'))}`;

function delivery(secret: string, at = new Date(), body = JSON.stringify({ type: 'message_received' })) {
  const id = 'msg_1';
  const headers = { 'Webhook-Id': id, 'Webhook-Timestamp': String(Math.floor(at.getTime() / 1000)), 'Webhook-Signature': new Webhook(secret).sign(id, at, body) };
  return { body, headers };
}

test('a webhook is taken if one of the secrets has signed it lately, as it is', () => {
  const request = delivery(secretOf('new'));
  expect(verifyWebhook(request, secretOf('old'), secretOf('new'))).toEqual({ id: 'msg_1', payload: { type: 'message_received' } });
  expect(verifyWebhook({ body: new TextEncoder().encode(request.body), headers: new Headers(request.headers) }, secretOf('new')).id).toBe('msg_1');
  expect(() => verifyWebhook(request, secretOf('old'))).toThrow();
  expect(() => verifyWebhook({ ...request, body: `${request.body} ` }, secretOf('new'))).toThrow();
  expect(() => verifyWebhook(delivery(secretOf('new'), new Date(Date.now() - 3_600_000)), secretOf('new'))).toThrow();
});
