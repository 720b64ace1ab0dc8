/** Answers that are none. */
import type { ChatError } from './errors.js';
import type { Rest } from './rest.js';
import type { Problem } from './wire.js';

/** A status and a body as an error; the body may come from anything in between. */
export function refusalOf(error: Rest['error'], status: number, body: string, retryAfter: string | null): ChatError {
  let problem: Problem | undefined;
  try {
    problem = JSON.parse(body) as Problem;
  } catch {
    // Not from the API.
  }
  const retryAfterMs = Number(retryAfter) * 1000;
  return error(problem?.code ?? (status >= 500 ? 'unavailable' : 'invalid'), problem?.detail ?? `Status ${status}.`, {
    status,
    ...(problem && { problem }),
    ...(retryAfterMs > 0 && problem?.retry_after_ms == null && { retryAfterMs }),
  });
}
