/** The connection, as people may be told of it. */
import type { UserId } from '../wire.js';
import type { ServerFrame } from '../frames.js';

/**
 * `idle`: never asked to connect. `connecting`: for the first time. `connected`: `ready` has come. `reconnecting`: it broke and comes
 * back by itself. `disconnected`: it stays away until `connect()`: asked to, or the server said so (`code`, `reason`).
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'disconnected';

/** The state of the connection. */
export interface ConnectionStatus {
  readonly state: ConnectionState;
  /** Not connected for 5 s although it should be: time to tell people. */
  readonly isLost: boolean;
  /** Close code of the socket that ended last (docs/protocol.md, "Close codes"); null if none did. */
  readonly code: number | null;
  /** What the server or the client said about it. */
  readonly reason: string | null;
  /** Which attempt to come back this is, from 1; 0 while connected. */
  readonly attempt: number;
  /** How long the pause before the next attempt is; null while none is planned. */
  readonly retryInMs: number | null;
  /** When the next attempt begins (`Date.now()`), for a countdown. */
  readonly retryAt: number | null;
}

/** Who is connected. */
export interface Session {
  readonly userId: UserId;
}

/** Why a token is asked for. `rejected`: the one before was refused, so a cached one will not do. */
export interface TokenRequestContext {
  readonly reason: 'connect' | 'refresh' | 'rejected';
  readonly signal: AbortSignal;
}

/** Brings a token. Throw `UnauthorizedError` when there is nobody logged in; anything else thrown is tried again. */
export type GetToken = (context: TokenRequestContext) => Promise<string> | string;

/** Every frame by its type, for `client.on`. Durable ones come once each and in the order of `seq`, also after a reconnection, for conversations that are open. */
export type ChatEventMap = {
  [F in ServerFrame as F['type']]: F;
};

/** The name of something to listen to. */
export type ChatEventType = keyof ChatEventMap;
