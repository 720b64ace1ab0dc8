/**
 * What events do to messages that are held, and up to which event each is known. A page of the history does not say as of when it is, so the
 * first reaction after it may be in its counts already: then the message is fetched, with a position that is certainly not older.
 */
import type { MessageId } from '../wire.js';
import { changed, subjectOf, type ChangeOfMessage } from './timeline.js';
import type { Window } from './window.js';

/** Applies an event to the message that it is about. Counts need to know whether it is news; texts are simply set. */
export function change(window: Window, event: ChangeOfMessage): void {
  const id = subjectOf(event);
  const message = window.messages.find((one) => one.id === id);
  if (!message) return;
  const { asOf, options } = window;
  const known = asOf.get(id);
  if (known !== undefined && event.seq <= known) return;
  const isCount = event.type === 'reaction_added' || event.type === 'reaction_removed';
  if (isCount && known === undefined) return void refetch(window, id, event);
  if (known !== undefined || event.type === 'message_edited') asOf.set(id, event.seq);
  const next = changed(message, event, options.me());
  window.set(window.messages.map((one) => (one === message ? next : one)));
}

async function refetch(window: Window, id: MessageId, event: ChangeOfMessage): Promise<void> {
  const { fetching, asOf } = window;
  const { rest, id: conversationId } = window.options;
  const waiting = fetching.get(id);
  if (waiting) return void waiting.push(event);
  const meanwhile = [event];
  fetching.set(id, meanwhile);
  try {
    const message = await rest.call('get', '/api/chat/messages/{id}/', { path: { id } });
    const { last_seq: known } = await rest.call('get', '/api/chat/conversations/{id}/', { path: { id: conversationId } });
    if (fetching.get(id) !== meanwhile) return;
    asOf.set(id, known);
    fetching.delete(id);
    window.set(window.messages.map((one) => (one.id === id ? message : one)));
    for (const one of meanwhile) if (one.seq > known) window.apply(one);
  } catch {
    // The next reaction asks again.
    fetching.delete(id);
  }
}
