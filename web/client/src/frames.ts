/** The frames of `/ws/` (docs/protocol.md, "WebSocket"), in both directions: generated from `schemas/v1/`. */
import type { ServerFrame } from './generated/serverFrame.js';

export type { ClientFrame } from './generated/clientFrame.js';
export type {
  Error as ErrorFrame,
  LoggedConversation as EventConversation,
  LoggedParticipant as EventParticipant,
  PresenceRow as PresenceFrameRow,
  ReadState,
  ServerFrame,
} from './generated/serverFrame.js';

/** Durable events: each has a `seq`, one more than the one before. */
export type EventFrame = Extract<ServerFrame, { seq: number; actor_id: number | null }>;

/** What comes live alone, or to this socket alone. */
export type SessionFrame = Exclude<ServerFrame, EventFrame>;
