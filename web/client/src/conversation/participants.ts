/** Who takes part. */
import type { EventFrame } from '../frames.js';
import type { OwnedPages } from '../pages.js';
import type { Participant } from '../wire.js';

/** Who takes part after an event; the same array if it says nothing of that. */
export function takingPart(all: readonly Participant[], event: EventFrame): readonly Participant[] {
  if (event.type === 'participant_removed') return all.filter((one) => one.id !== event.user_id);
  if (event.type === 'participant_changed') return all.map((one) => (one.id === event.user_id ? { ...one, role: event.role } : one));
  if (event.type !== 'participant_added' || all.some((one) => one.id === event.user_id)) return all;
  return [...all, { ...event.participant, is_online: null, last_seen: null }];
}

/** A list of them after an event. Newcomers are added at the end of a list that is loaded to its end. */
export function follow(list: OwnedPages<Participant>, event: EventFrame): void {
  list.setItems((all) => {
    const after = takingPart(all, event);
    return after.length > all.length && list.get().hasMore ? all : after;
  });
}
