/** Who one is: tokens and how to get them. A session lives in its tab alone, so that two tabs can be two people. */
import { UnauthorizedError, createStore } from '@workconnect/chat-client';
import type { GetToken, WritableStore } from '@workconnect/chat-client';

/** Somebody who is logged in. */
export interface Session {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly role: string;
  readonly access: string;
  readonly refresh: string;
}

/** What an account is made of. */
export interface NewAccount {
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly role: 'client' | 'freelancer';
}

interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

const KEY = 'workconnect.session';

/** The session of this tab; null while nobody is logged in. */
export const session: WritableStore<Session | null> = createStore(readKept());

function readKept(): Session | null {
  const kept = sessionStorage.getItem(KEY);
  return kept ? (JSON.parse(kept) as Session) : null;
}

/** Keeps a session for as long as the tab is there. */
export function keep(next: Session | null): void {
  session.set(next);
  if (next) sessionStorage.setItem(KEY, JSON.stringify(next));
  else sessionStorage.removeItem(KEY);
}

/** Logs somebody in. Throws an `Error` with the server's words. */
export async function logIn(username: string, password: string): Promise<Session> {
  const tokens = await call<Tokens>('/api/auth/token/', { username, password });
  const account = await call<{ id: number; name: string; role: string }>('/api/auth/me/', undefined, tokens.access);
  return { ...tokens, id: account.id, name: account.name, role: account.role, username };
}

/** Makes an account and logs in with it. */
export async function register(account: NewAccount): Promise<Session> {
  await call('/api/auth/register/', account);
  return logIn(account.username, account.password);
}

/** Ends the session here and on the server. */
export async function logOut(): Promise<void> {
  const ended = session.get();
  keep(null);
  // The tokens are forgotten here in any case.
  if (ended) await call('/api/auth/logout/', { refresh: ended.refresh }).catch(() => undefined);
}

/**
 * Brings tokens of a session for as long as it lasts. `changed` is told each new pair. One that was refused, or is needed before
 * the old one ends, is a new one.
 */
export function tokensOf(first: Session, changed: (session: Session) => void, send: typeof fetch): GetToken {
  let current = first;
  return async ({ reason, signal }) => {
    if (reason === 'connect' && !isEnding(current.access)) return current.access;
    const tokens = await call<Tokens>('/api/auth/token/refresh/', { refresh: current.refresh }, undefined, send, signal);
    current = { ...current, ...tokens };
    changed(current);
    return current.access;
  };
}

/** Whether a token is good for less than ten seconds. */
function isEnding(token: string): boolean {
  const claims = token.split('.')[1] ?? '';
  const { exp } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { exp: number };
  return exp * 1000 < Date.now() + 10_000;
}

async function call<T>(path: string, body?: unknown, token?: string, send: typeof fetch = fetch, signal?: AbortSignal): Promise<T> {
  const response = await send(path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (response.ok) return (text ? JSON.parse(text) : undefined) as T;
  if (response.status === 401) throw new UnauthorizedError(detailOf(text));
  throw new Error(detailOf(text));
}

function detailOf(text: string): string {
  try {
    const problem = JSON.parse(text) as { detail?: string; errors?: Record<string, string[]> };
    const first = Object.values(problem.errors ?? {})[0]?.[0];
    return first ?? problem.detail ?? 'That did not work.';
  } catch {
    return 'The server cannot be reached.';
  }
}
