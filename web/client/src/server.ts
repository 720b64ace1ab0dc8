/** For servers: a token for one's own user, and whether a webhook is genuine. Never give this to a browser: it handles secrets. */
import { SignJWT, type CryptoKey, type KeyObject } from 'jose';
import { Webhook } from 'standardwebhooks';

/** Whom a token is for. */
export interface TokenClaims {
  /** 1 to 2^53−1. */
  readonly userId: number;
  readonly name?: string;
  readonly avatarUrl?: string;
  readonly role?: 'client' | 'freelancer' | 'service';
}

/** How tokens are signed. */
export interface TokenSigner {
  /** The shared secret (`JWT_SECRET`), or a private key. */
  readonly key: string | CryptoKey | KeyObject;
  /** `HS256` by default. */
  readonly algorithm?: 'HS256' | 'RS256' | 'ES256' | 'EdDSA';
  readonly keyId?: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** 15 minutes by default. The client asks for the next one in time. */
  readonly expiresInSeconds?: number;
}

/** A token for one person. Ask who it is by your own session first. */
export function mintToken(claims: TokenClaims, signer: TokenSigner): Promise<string> {
  const { userId, name, avatarUrl, role } = claims;
  if (!Number.isSafeInteger(userId) || userId < 1) throw new RangeError('userId is an integer from 1 to 2^53−1.');
  const { key, algorithm = 'HS256', keyId, issuer, audience, expiresInSeconds = 900 } = signer;
  const payload = { ...(name !== undefined && { name }), ...(avatarUrl !== undefined && { avatar_url: avatarUrl }), ...(role && { role }) };
  const jwt = new SignJWT(payload)
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) })
    .setSubject(String(userId))
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`);
  if (issuer !== undefined) jwt.setIssuer(issuer);
  if (audience !== undefined) jwt.setAudience(audience);
  return jwt.sign(typeof key === 'string' ? new TextEncoder().encode(key) : key);
}

/** A request that says it comes from the chat. */
export interface WebhookRequest {
  /** The body, byte for byte: not parsed and written anew. */
  readonly body: string | Uint8Array;
  readonly headers: Headers | Record<string, string | string[] | undefined>;
}

/** What a webhook says (docs/webhooks.md). */
export interface WebhookDelivery<T = unknown> {
  /** The same for each repetition: do nothing twice. */
  readonly id: string;
  readonly payload: T;
}

/** The payload, if one of the secrets (`whsec_…`; two while they are being changed) has signed it within the last minutes. Throws otherwise. */
export function verifyWebhook<T = unknown>(request: WebhookRequest, ...secrets: readonly [string, ...string[]]): WebhookDelivery<T> {
  const headers = plain(request.headers);
  const body = typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
  let failure: unknown;
  for (const secret of secrets) {
    try {
      return { id: headers['webhook-id'] ?? '', payload: new Webhook(secret).verify(body, headers) as T };
    } catch (cause) {
      failure = cause;
    }
  }
  throw failure;
}

function plain(headers: WebhookRequest['headers']): Record<string, string> {
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}
