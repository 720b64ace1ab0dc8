/** The token: one request for it at a time, and when it ends. */
import type { GetToken, TokenRequestContext } from './api/connection.js';
import type { UserId } from './wire.js';
import { ChatError, UnauthorizedError } from './errors.js';

interface Claims {
  exp?: number;
  iat?: number;
  sub?: string | number;
  user_id?: string | number;
}

const TIMEOUT_MS = 30_000;

/** Rejects when it is too late. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

/** What a token says of itself; the server alone decides whether it is good. */
export function claimsOf(token: string): Claims {
  try {
    const payload = token.split('.')[1] ?? '';
    return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as Claims;
  } catch {
    return {};
  }
}

/** Holds the token that is good now. */
export class Tokens {
  #token: string | null = null;
  #expiresAt = Infinity;
  #fetchedAt = 0;
  #pending: Promise<string> | null = null;
  #wasRejected = false;
  readonly #abort = new AbortController();

  constructor(
    private readonly getToken: GetToken,
    /** Whose token it is, as it says itself. */
    private readonly onUser: (userId: UserId) => void,
  ) {}

  /** A token that has not ended, as far as this device's clock says. */
  get(): Promise<string> {
    if (this.#token !== null && Date.now() < this.#expiresAt) return Promise.resolve(this.#token);
    return this.fetch('connect');
  }

  /** A fresh one; calls meanwhile share it. */
  fetch(reason: TokenRequestContext['reason']): Promise<string> {
    this.#pending ??= this.#ask(this.#wasRejected ? 'rejected' : reason).finally(() => (this.#pending = null));
    return this.#pending;
  }

  /** The server did not take it. */
  reject(token: string): void {
    if (token !== this.#token) return;
    this.#token = null;
    this.#wasRejected = true;
  }

  /** How long until it is time for the next one: most of its life, and at least a minute before its end if it lives long. */
  refreshInMs(): number {
    const life = this.#expiresAt - this.#fetchedAt;
    return this.#expiresAt - Math.min(60_000, life * 0.2) - Date.now();
  }

  close(): void {
    this.#abort.abort();
  }

  async #ask(reason: TokenRequestContext['reason']): Promise<string> {
    try {
      const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const token = await Promise.race([this.getToken({ reason, signal }), ended(signal)]);
      const { exp, iat, sub, user_id } = claimsOf(token);
      this.#token = token;
      this.#wasRejected = false;
      this.#fetchedAt = Date.now();
      // This clock may be slow; `iat` is not from the future.
      const skew = Math.max(0, (iat ?? 0) * 1000 - this.#fetchedAt);
      this.#expiresAt = exp === undefined ? Infinity : exp * 1000 - skew;
      const userId = Number(sub ?? user_id);
      if (userId > 0) this.onUser(userId);
      return token;
    } catch (cause) {
      if (cause instanceof UnauthorizedError) throw cause;
      throw new ChatError('network', 'No token.', { cause });
    }
  }
}
