/** How far each person has read. */
import type { ReadPosition } from '../api/messages.js';
import type { ReadState } from '../frames.js';
import { createStore } from '../store.js';
import type { Seq, Timestamp, UserId } from '../wire.js';

interface Reader extends ReadPosition {
  readonly beyond: ReadonlySet<Seq>;
}

export class Reads {
  readonly state = createStore<readonly ReadPosition[]>([]);
  readonly #readers = new Map<UserId, Reader>();

  /** As a resume tells it. */
  replace(rows: readonly ReadState[]): void {
    for (const { reader_id: userId, up_to_seq: upToSeq, beyond, read_at: readAt } of rows) {
      this.#readers.set(userId, { userId, upToSeq, readAt, beyond: new Set(beyond) });
    }
    this.#publish();
  }

  /** Somebody has read: up to a position, and these beyond it. */
  add(userId: UserId, upToSeq: Seq, positions: readonly Seq[], readAt: Timestamp): void {
    const known = this.#readers.get(userId);
    const upTo = Math.max(upToSeq, known?.upToSeq ?? 0);
    const beyond = new Set([...(known?.beyond ?? []), ...positions].filter((seq) => seq > upTo));
    this.#readers.set(userId, { userId, upToSeq: upTo, readAt, beyond });
    this.#publish();
  }

  upTo(userId: UserId | null): Seq {
    return (userId !== null && this.#readers.get(userId)?.upToSeq) || 0;
  }

  /** Who has read a message of somebody, but not that person. */
  readersOf(seq: Seq, sender: UserId | null): UserId[] {
    const has = ({ userId, upToSeq, beyond }: Reader): boolean => userId !== sender && (seq <= upToSeq || beyond.has(seq));
    return [...this.#readers.values()].filter(has).map((reader) => reader.userId);
  }

  clear(): void {
    this.#readers.clear();
    this.#publish();
  }

  #publish(): void {
    this.state.set([...this.#readers.values()].map(({ userId, upToSeq, readAt }) => ({ userId, upToSeq, readAt })));
  }
}
