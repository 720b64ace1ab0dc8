/** Object URLs of things that must be fetched with a token: loaded once, shared while shown, revoked when let go. */

/** A URL in use. `release` once it is not shown any more. */
export interface ObjectUrlLease {
  readonly url: Promise<string>;
  release(): void;
}

interface Entry {
  readonly url: Promise<string>;
  readonly abort: AbortController;
  users: number;
}

/** How many that nobody shows are kept, so that scrolling back does not load again. */
const KEPT_UNUSED = 40;

/** A pool of object URLs by key. */
export class ObjectUrls {
  readonly #entries = new Map<string, Entry>();

  /** The URL of `key`; `load` is called if it is not there. */
  acquire(key: string, load: (signal: AbortSignal) => Promise<Blob>): ObjectUrlLease {
    const entry = this.#entries.get(key) ?? this.#begin(key, load);
    entry.users += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      entry.users -= 1;
      this.#trim();
    };
    return { url: entry.url, release };
  }

  #begin(key: string, load: (signal: AbortSignal) => Promise<Blob>): Entry {
    const abort = new AbortController();
    const url = load(abort.signal).then((blob) => URL.createObjectURL(blob));
    const entry: Entry = { url, abort, users: 0 };
    this.#entries.set(key, entry);
    url.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
    return entry;
  }

  #trim(): void {
    const unused = [...this.#entries].filter(([, entry]) => entry.users === 0);
    for (const [key, entry] of unused.slice(0, Math.max(0, unused.length - KEPT_UNUSED))) {
      this.#entries.delete(key);
      entry.abort.abort();
      entry.url.then((url) => URL.revokeObjectURL(url), () => undefined);
    }
  }
}
