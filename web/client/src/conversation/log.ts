/** A conversation's log, followed without a hole: what comes early is held, what is missing is fetched. */
import type { EventFrame } from '../frames.js';
import { later } from '../lazy.js';
import type { Rest } from '../rest.js';
import type { ConversationId, Seq } from '../wire.js';

const MOST_HELD = 1_000;

/** What following a log needs. */
export interface LogOptions {
  readonly id: ConversationId;
  readonly rest: Rest;
  /** The next event, in order. */
  readonly onEvent: (event: EventFrame) => void;
  /** Too much is missing, or the log is another: load anew. */
  readonly onLost: () => void;
}

export class Log {
  /** Null until the conversation is loaded: then everything is held. */
  #position: Seq | null = null;
  #epoch: number | null = null;
  #isResuming = false;
  #isCatchingUp = false;
  readonly #held = new Map<Seq, EventFrame>();
  readonly #options: LogOptions;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  get epoch(): number | null {
    return this.#epoch;
  }

  get position(): Seq | null {
    return this.#position;
  }

  /** The conversation was loaded as it is after this event. */
  begin(position: Seq): void {
    this.#position = position;
    this.#drain();
  }

  /** Nothing is known any more. */
  reset(): void {
    this.#position = null;
    this.#isResuming = false;
    this.#held.clear();
  }

  /** A new socket; on it a resume was asked for, or will be. */
  connected(epoch: number, isResuming: boolean): void {
    this.#isResuming = isResuming;
    const isOther = this.#epoch !== null && this.#epoch !== epoch;
    this.#epoch = epoch;
    if (isOther) this.#options.onLost();
  }

  resuming(): void {
    this.#isResuming = true;
  }

  /** False if none was asked for. */
  resumeFailed(): boolean {
    const was = this.#isResuming;
    this.#isResuming = false;
    return was;
  }

  /** Everything up to a position has been sent. */
  resumed(lastSeq: Seq): void {
    this.#isResuming = false;
    this.#drain();
    this.expect(lastSeq);
  }

  disconnected(): void {
    this.#isResuming = false;
  }

  take(event: EventFrame): void {
    if (this.#position !== null && event.seq <= this.#position) return;
    this.hold([event]);
    if (this.#held.size > MOST_HELD) this.lose();
    else if (this.#held.size > 0) this.#fill();
  }

  /** Events, in any order; those that follow are told. */
  hold(events: readonly EventFrame[]): void {
    for (const event of events) this.#held.set(event.seq, event);
    this.#drain();
  }

  /** There is an event at this position: fetch what is missing up to it. */
  expect(seq: Seq): void {
    if (this.#position !== null && this.#position < seq) this.#fill();
  }

  #fill(): void {
    if (this.#position !== null && !this.#isResuming && !this.#isCatchingUp) void this.#catchUp();
  }

  #drain(): void {
    for (let event; this.#position !== null && (event = this.#held.get(this.#position + 1)); ) {
      this.#held.delete(event.seq);
      this.#position = event.seq;
      this.#options.onEvent(event);
    }
    for (const seq of this.#held.keys()) if (this.#position !== null && seq <= this.#position) this.#held.delete(seq);
  }

  /** Fetches what is missing. A failure comes up again with the next event or heartbeat. */
  async #catchUp(): Promise<void> {
    this.#isCatchingUp = true;
    await later()
      .then(({ catchUp }) => catchUp(this, this.#options))
      .catch(() => undefined);
    this.#isCatchingUp = false;
  }

  /** Too much is missing. */
  lose(): void {
    this.reset();
    this.#options.onLost();
  }
}
