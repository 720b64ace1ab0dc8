/** Everybody who takes part, in pages that follow events. */
import type { Paginator } from '../api/store.js';
import type { EventFrame } from '../frames.js';
import { withLater } from '../lazy.js';
import { paginate } from '../pages.js';
import type { Rest } from '../rest.js';
import type { ConversationId, Participant } from '../wire.js';

/** The list, and what the conversation tells it. */
export interface LiveParticipants extends Paginator<Participant> {
  setItems(change: (all: readonly Participant[]) => readonly Participant[]): void;
  apply(event: EventFrame): void;
}

/** Of one conversation. Newcomers are added at the end of a list that is loaded to its end. */
export function liveParticipants(rest: Rest, id: ConversationId): LiveParticipants {
  const list = paginate<Participant>(rest, () => rest.call('get', '/api/chat/conversations/{id}/participants/', { path: { id } }));
  return {
    ...list,
    apply: (event) => withLater(({ follow }) => follow(list, event)),
  };
}
