/** How long messages take: from the frame that leaves one line to the frame that says it is stored, and to the one on the other line. */
import { createStore } from '@workconnect/chat-client';
import type { Store } from '@workconnect/chat-client';
import type { LineWatcher } from '../chat/line';

/** What was measured last, in milliseconds. */
export interface Timing {
  /** Until the sender heard that it is stored. */
  readonly storedMs: number | null;
  /** Until the other one had it. */
  readonly arrivedMs: number | null;
}

/** Messages that nobody answers are forgotten beyond this many. */
const MAX_WAITING = 256;

/** One for both lines. */
export class Stopwatch {
  readonly #began = new Map<string, { at: number; by: number }>();
  readonly #timings = new Map<number, ReturnType<typeof createStore<Timing>>>();

  /** The timing of what somebody sends. */
  timing(userId: number): Store<Timing> {
    return this.#timingOf(userId);
  }

  /** Watches the line of somebody. */
  watcher(userId: number): LineWatcher {
    return {
      sent: (frame) => {
        if (frame.type === 'send_message' && frame.client_id) this.#begin(frame.client_id, userId);
      },
      received: (frame) => {
        if (frame.type === 'message_sent' && frame.client_id) this.#end(frame.client_id, userId, 'storedMs');
        if (frame.type === 'message_received' && frame.message.client_id) this.#end(frame.message.client_id, userId, 'arrivedMs');
      },
    };
  }

  #begin(clientId: string, by: number): void {
    this.#began.set(clientId, { at: performance.now(), by });
    const [oldest] = this.#began.keys();
    if (this.#began.size > MAX_WAITING && oldest !== undefined) this.#began.delete(oldest);
  }

  #end(clientId: string, at: number, part: keyof Timing): void {
    const begun = this.#began.get(clientId);
    const isAtSender = begun?.by === at;
    if (!begun || isAtSender !== (part === 'storedMs')) return;
    this.#timingOf(begun.by).patch({ [part]: performance.now() - begun.at });
  }

  #timingOf(userId: number) {
    const known = this.#timings.get(userId);
    if (known) return known;
    const made = createStore<Timing>({ storedMs: null, arrivedMs: null });
    this.#timings.set(userId, made);
    return made;
  }
}
