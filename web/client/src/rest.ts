/** REST calls, typed by the OpenAPI document. */
import { fullJitter, pause } from './backoff.js';
import { ChatError, type ChatErrorCode, type ChatErrorDetails } from './errors.js';
import type { paths } from './generated/rest.js';
import { later } from './lazy.js';
import type { Tokens } from './token.js';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type PartOf<O, K extends string> = O extends { parameters: { [key in K]?: infer V } } ? V : never;
type BodyOf<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;
type JsonOf<R> = R extends { content: { 'application/json': infer B } } ? B : never;
type AnswerOf<O> = O extends { responses: infer R } ? { [S in keyof R]: S extends 200 | 201 ? JsonOf<R[S]> : never }[keyof R] : never;

/** What a call needs. */
interface Parts<O> {
  path?: PartOf<O, 'path'>;
  query?: PartOf<O, 'query'>;
  body?: BodyOf<O>;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const RETRIES_OF_GET = 2;

/** The API, as one person. */
export class Rest {
  /** What goes wrong, for parts that are loaded later: they bring nothing of their own. */
  readonly error = (code: ChatErrorCode, detail: string, details?: ChatErrorDetails): ChatError => new ChatError(code, detail, details);
  readonly errorOf = asChatError;
  readonly #base;
  readonly #tokens;
  readonly #fetcher;

  constructor(base: string, tokens: Tokens, fetcher: typeof fetch) {
    this.#base = base;
    this.#tokens = tokens;
    this.#fetcher = fetcher;
  }

  /** An address of the API, from a path or what the server gave. */
  url(path: string): string {
    return new URL(path, this.#base).href;
  }

  /** One operation. What only reads is tried again when there was no answer or `unavailable`. */
  async call<P extends keyof paths & string, M extends Method>(
    method: M,
    path: P,
    parts: Parts<Operation<P, M>> = {},
  ): Promise<AnswerOf<Operation<P, M>>> {
    const { query, body, signal } = parts;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String((parts.path as Record<string, unknown> | undefined)?.[name])),
    );
    const url = new URL(filled, this.#base);
    for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const init: RequestInit = { method: method.toUpperCase() };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    return (await this.#json(url.href, init, signal, method === 'get' ? RETRIES_OF_GET : 0)) as AnswerOf<Operation<P, M>>;
  }

  /** The page that `next` of another names. */
  async page<T>(url: string): Promise<T> {
    return (await this.#json(url, {}, undefined, RETRIES_OF_GET)) as T;
  }

  /** Any answer that is good, with the token; a token that is refused is replaced once. */
  async fetch(url: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    for (let isSecond = false; ; isSecond = true) {
      const token = await this.#tokens.get();
      const headers = new Headers(init.headers);
      headers.set('Authorization', `Bearer ${token}`);
      const limits = [AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])];
      let response: Response;
      try {
        response = await this.#fetcher(url, { ...init, headers, signal: AbortSignal.any(limits) });
      } catch (cause) {
        if (signal?.aborted) throw new ChatError('cancelled', 'Cancelled.', { cause });
        throw new ChatError('network', 'No answer.', { cause });
      }
      if (response.ok) return response;
      if (response.status === 401) this.#tokens.reject(token);
      if (response.status !== 401 || isSecond) throw await this.refusal(response.status, await response.text().catch(() => ''), response.headers.get('Retry-After'));
    }
  }

  /** An answer that is none, as an error. */
  async refusal(status: number, body: string, retryAfter: string | null): Promise<ChatError> {
    return (await later()).refusalOf(this.error, status, body, retryAfter);
  }

  async #json(url: string, init: RequestInit, signal: AbortSignal | undefined, retries: number): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        const response = await this.fetch(url, init, signal);
        return response.status === 204 ? undefined : await response.json();
      } catch (cause) {
        const error = asChatError(cause);
        if (!error.retryable || attempt >= retries) throw error;
        await pause((error.retryAfterMs ?? 0) + fullJitter(attempt, 500, 5_000), signal);
      }
    }
  }
}

/** Whatever was thrown, as a `ChatError`. */
export function asChatError(cause: unknown): ChatError {
  return cause instanceof ChatError ? cause : new ChatError('network', 'It failed.', { cause });
}
