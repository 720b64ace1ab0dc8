/** One socket that stays: comes back after a break, knows when it is dead, brings fresh tokens. */
import type { ConnectionStatus, Session } from './api/connection.js';
import type { Transport, TransportConnection } from './api/transport.js';
import { fullJitter } from './backoff.js';
import { verdictOn } from './closing.js';
import { ChatError, UnauthorizedError } from './errors.js';
import type { ClientFrame, ServerFrame } from './frames.js';
import { watchPage } from './page.js';
import { createStore } from './store.js';
import { deferred, Timers, type Deferred } from './timers.js';
import type { Tokens } from './token.js';

const LOST_AFTER_MS = 5_000;
const STABLE_AFTER_MS = 10_000;
const READY_WITHIN_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Nothing is being waited for. */
const CALM = { isLost: false, attempt: 0, retryInMs: null, retryAt: null };

/** What a connection needs. */
export interface ConnectionOptions {
  readonly url: string;
  readonly transport: Transport;
  readonly tokens: Tokens;
  /** Brings a ticket, if sockets are to be opened with one. */
  readonly ticket: (() => Promise<string>) | null;
  readonly firstFrame: boolean;
  readonly minMs: number;
  readonly maxMs: number;
  /** Each frame, in order; `ready` among them. */
  readonly onFrame: (frame: ServerFrame) => void;
  /** The socket has ended. */
  readonly onDown: () => void;
}

type Timer = 'retry' | 'lost' | 'stable' | 'silence' | 'pong' | 'ready' | 'token';

export class Connection {
  readonly status = createStore<ConnectionStatus>({
    state: 'idle',
    code: null,
    reason: null,
    ...CALM,
  });
  #socket: TransportConnection | null = null;
  /** The one behind the socket. */
  #token: string | null = null;
  /** Counts the sockets: what an old one says is not heard. */
  #generation = 0;
  #failures = 0;
  #tokenRefusals = 0;
  #silenceMs = 30_000;
  #session: Deferred<Session> | null = null;
  readonly #timers = new Timers<Timer>();
  readonly #unwatch: () => void;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#unwatch = watchPage(() => this.now());
  }

  /** Connects, if it is not on its way. */
  start(): Promise<Session> {
    const { state } = this.status.get();
    if (state === 'idle' || state === 'disconnected') {
      this.#session = deferred();
      this.#failures = 0;
      this.#tokenRefusals = 0;
      this.status.patch({ state: 'connecting', code: null, reason: null });
      this.#beginLost();
      void this.#open();
    }
    return this.#session?.promise ?? Promise.reject(new ChatError('closed', 'Disconnected.'));
  }

  /** Ends it. */
  stop(): void {
    if (this.status.get().state !== 'idle') this.#end(null, 'Asked to.', new ChatError('closed', 'Disconnected.'));
  }

  close(): void {
    this.stop();
    this.#unwatch();
  }

  /** Does not wait: tries at once, or asks whether the other end is still there. */
  now(): void {
    const { state, retryAt } = this.status.get();
    if (state === 'connected') this.#probe();
    else if (retryAt !== null) void this.#open();
  }

  /** False while there is no connection: then it is not sent. */
  send(frame: ClientFrame): boolean {
    return this.status.get().state === 'connected' && this.#socket !== null && this.#socket.send(frame);
  }

  async #open(): Promise<void> {
    const generation = (this.#generation += 1);
    const isCurrent = (): boolean => generation === this.#generation;
    this.#timers.clear('retry');
    this.status.patch({ retryInMs: null, retryAt: null });
    try {
      const { url, transport, ticket, firstFrame, tokens } = this.#options;
      const proof = ticket ? { token: null, ticket: await ticket() } : { token: await tokens.get(), ticket: null };
      if (!isCurrent()) return;
      this.#token = proof.token;
      this.#timers.set('ready', READY_WITHIN_MS, () => this.#lose(0, 'Not ready in time.'));
      this.#socket = transport(
        { url, firstFrame, ...proof },
        {
          opened: () => undefined,
          frame: (frame) => {
            if (isCurrent()) this.#hear(frame);
          },
          closed: (code, reason) => {
            if (isCurrent()) this.#lose(code, reason);
          },
        },
      );
    } catch (cause) {
      if (!isCurrent()) return;
      if (cause instanceof UnauthorizedError) this.#end(null, cause.message, cause);
      else this.#lose(0, 'No token, or no socket.');
    }
  }

  #hear(frame: ServerFrame): void {
    this.#timers.clear('pong');
    if (frame.type === 'ready') this.#ready(frame);
    this.#timers.set('silence', this.#silenceMs, () => this.#probe());
    this.#options.onFrame(frame);
  }

  #ready(frame: Extract<ServerFrame, { type: 'ready' }>): void {
    this.#silenceMs = frame.heartbeat_seconds * 1_200;
    this.#tokenRefusals = 0;
    this.#timers.clear('ready', 'lost');
    this.#timers.set('stable', STABLE_AFTER_MS, () => (this.#failures = 0));
    this.#planToken(1_000);
    this.status.patch({ state: 'connected', ...CALM });
    this.#session?.resolve({ userId: frame.user_id });
  }

  /** Asks for a sign of life. */
  #probe(): void {
    if (this.#timers.has('pong')) return;
    this.#socket?.send({ type: 'ping' });
    this.#timers.set('pong', PONG_WITHIN_MS, () => this.#lose(0, 'Nothing was heard.'));
  }

  #planToken(atLeastMs: number): void {
    const inMs = Math.max(atLeastMs, this.#options.tokens.refreshInMs());
    if (inMs > LONGEST_TIMER_MS) return;
    this.#timers.set('token', inMs, () => void this.#refreshToken());
  }

  async #refreshToken(): Promise<void> {
    const generation = this.#generation;
    try {
      const token = await this.#options.tokens.fetch('refresh');
      if (generation !== this.#generation) return;
      if (this.send({ type: 'authenticate', token })) this.#token = token;
    } catch (cause) {
      if (generation !== this.#generation) return;
      if (cause instanceof UnauthorizedError) return this.#end(null, cause.message, cause);
    }
    // Also after a failure, and when the same token came again: soon, but not at once.
    this.#planToken(5_000);
  }

  /** The socket is of no use any more. */
  #lose(code: number, reason: string): void {
    this.#letGo();
    const verdict = verdictOn(code, reason);
    if (verdict.tokenIsBad) {
      if (this.#token !== null) this.#options.tokens.reject(this.#token);
      this.#tokenRefusals += 1;
    }
    // One fresh token is tried; a second one would be refused like it.
    if (verdict.isFinal || this.#tokenRefusals > 1) {
      const said = `Closed with ${code}: ${reason}`;
      return this.#end(code, reason, verdict.tokenIsBad ? new UnauthorizedError(said) : new ChatError('closed', said));
    }
    const { minMs, maxMs } = this.#options;
    const inMs = verdict.atLeastMs + (verdict.isPlanned ? Math.random() * minMs : fullJitter(this.#failures, minMs, maxMs));
    this.#failures += 1;
    this.#beginLost();
    const hasBeen = this.status.get().state !== 'connecting';
    this.status.patch({
      state: hasBeen ? 'reconnecting' : 'connecting',
      code,
      reason,
      attempt: this.#failures,
      retryInMs: inMs,
      retryAt: Date.now() + inMs,
    });
    this.#timers.set('retry', inMs, () => void this.#open());
  }

  #end(code: number | null, reason: string, error: ChatError): void {
    this.#letGo();
    this.#timers.clear('lost', 'retry');
    this.status.patch({ state: 'disconnected', code, reason, ...CALM });
    this.#session?.reject(error);
    this.#session = null;
  }

  #letGo(): void {
    this.#generation += 1;
    this.#timers.clear('stable', 'silence', 'pong', 'ready', 'token');
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#options.onDown();
  }

  #beginLost(): void {
    if (!this.#timers.has('lost') && !this.status.get().isLost) {
      this.#timers.set('lost', LOST_AFTER_MS, () => this.status.patch({ isLost: true }));
    }
  }
}
