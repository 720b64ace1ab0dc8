/** What carries frames. */
import type { ClientFrame, ServerFrame } from '../frames.js';

/** How to open a socket. */
export interface TransportRequest {
  /** The address of `/ws/`. */
  readonly url: string;
  /** Exactly one of the two. */
  readonly token: string | null;
  readonly ticket: string | null;
  /** The token is said in a first frame; otherwise with the upgrade. */
  readonly firstFrame: boolean;
}

/** What a socket tells. `closed` comes once, last, unless the client has closed it. */
export interface TransportListener {
  opened(): void;
  frame(frame: ServerFrame): void;
  closed(code: number, reason: string): void;
}

/** An open socket. */
export interface TransportConnection {
  /** False if it cannot be sent any more. */
  send(frame: ClientFrame): boolean;
  close(): void;
}

/** A way to open sockets. */
export type Transport = (request: TransportRequest, listener: TransportListener) => TransportConnection;
