/** A line to the server that can be cut: what the client is given in place of sockets and `fetch`. Cut, nothing passes, and nothing says so but silence. */
import { createStore, webSocketTransport } from '@workconnect/chat-client';
import type { ClientFrame, ServerFrame, Store, Transport } from '@workconnect/chat-client';

/** Code of a connection that ended without a word. */
const ABNORMAL = 1006;

/** Is told of each frame that passes. */
export interface LineWatcher {
  sent(frame: ClientFrame): void;
  received(frame: ServerFrame): void;
}

/** One person's line. */
export class Line {
  readonly #isCut = createStore(false);
  readonly #open = new Set<() => void>();
  readonly #requests = new Set<AbortController>();
  readonly #watcher: LineWatcher | null;

  constructor(watcher: LineWatcher | null = null) {
    this.#watcher = watcher;
  }

  /** Whether it is cut, to be watched. */
  get isCut(): Store<boolean> {
    return this.#isCut;
  }

  /** Cuts or mends it. */
  cut(isCut: boolean): void {
    this.#isCut.set(isCut);
    if (!isCut) return;
    for (const end of [...this.#open]) end();
    for (const request of this.#requests) request.abort(new TypeError('The network is cut'));
  }

  /** The transport of this line. */
  readonly transport: Transport = (request, listener) => {
    if (this.#isCut.get()) {
      queueMicrotask(() => listener.closed(ABNORMAL, ''));
      return { send: () => false, close: () => undefined };
    }
    const socket = webSocketTransport(request, {
      opened: () => listener.opened(),
      frame: (frame) => {
        this.#watcher?.received(frame);
        listener.frame(frame);
      },
      closed: (code, reason) => {
        this.#open.delete(end);
        listener.closed(code, reason);
      },
    });
    const end = () => {
      this.#open.delete(end);
      socket.close();
      listener.closed(ABNORMAL, '');
    };
    this.#open.add(end);
    return {
      send: (frame) => {
        this.#watcher?.sent(frame);
        return socket.send(frame);
      },
      close: () => {
        this.#open.delete(end);
        socket.close();
      },
    };
  };

  /** The `fetch` of this line. */
  readonly fetch: typeof fetch = async (input, init) => {
    if (this.#isCut.get()) throw new TypeError('The network is cut');
    const controller = new AbortController();
    const signals = [controller.signal, ...(init?.signal ? [init.signal] : [])];
    this.#requests.add(controller);
    try {
      return await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      this.#requests.delete(controller);
    }
  };
}
