/** What goes wrong, as one class. */
import type { ErrorCode, Problem } from './wire.js';

/** Codes of the server, and those that arise here. */
export type ChatErrorCode = ErrorCode | 'network' | 'cancelled' | 'unauthorized' | 'closed';

/** What is known of an error besides its code. */
export interface ChatErrorDetails {
  status?: number;
  problem?: Problem;
  /** Which fields were wrong. */
  errors?: Record<string, string[]>;
  retryAfterMs?: number;
  cause?: unknown;
}

/** Anything that the chat refuses or cannot do. */
export class ChatError extends Error {
  override readonly name: string = 'ChatError';
  /** HTTP status, if there was an answer. */
  readonly status: number | null;
  /** The body of the answer. */
  readonly problem: Problem | null;
  /** Which fields were wrong, and how. */
  readonly errors: Readonly<Record<string, string[]>>;
  /** When to come back. */
  readonly retryAfterMs: number | null;

  constructor(
    /** What kind it is: tell people by this, not by `message`. */
    readonly code: ChatErrorCode,
    detail: string,
    details: ChatErrorDetails = {},
  ) {
    super(detail, { cause: details.cause });
    this.status = details.status ?? null;
    this.problem = details.problem ?? null;
    this.errors = details.errors ?? details.problem?.errors ?? {};
    this.retryAfterMs = details.retryAfterMs ?? details.problem?.retry_after_ms ?? null;
  }

  /** Whether the same may succeed later. */
  get retryable(): boolean {
    return this.code === 'network' || this.code === 'rate_limited' || this.code === 'unavailable';
  }
}

/** Throw it from `getToken` when nobody is logged in any more: the client disconnects and stays away. */
export class UnauthorizedError extends ChatError {
  override readonly name = 'UnauthorizedError';

  constructor(detail = 'Not logged in.', details: ChatErrorDetails = {}) {
    super('unauthorized', detail, details);
  }
}
