/** What a page does not begin with: all of it asks the server, so nothing of it is missed without a network. */
import type { SearchQuery } from './api/files.js';
import type { OwnedPages, Page } from './pages.js';
import type { PresenceFrameRow } from './frames.js';
import type { PresenceBoard } from './presence.js';
import type { Rest } from './rest.js';
import type { WritableStore } from './store.js';
import type { Block, ChosenStatus, FoundMessage, MessageType, OwnPresence, UserId } from './wire.js';

export { actionsOn } from './conversation/actions.js';
export { change } from './conversation/changes.js';
export { catchUp } from './conversation/missing.js';
export { follow } from './conversation/participants.js';
export { jump } from './conversation/jump.js';
export { rowAfter } from './conversation/row.js';
export { TypingBoard } from './conversation/typing.js';
export { watchOwner } from './outbox/takeover.js';
export { refusalOf } from './refusal.js';

/** Blocks a person; the list has them first. */
export async function block(rest: Rest, userId: UserId, list: OwnedPages<Block>): Promise<void> {
  const row = await rest.call('put', '/api/chat/blocks/{user_id}/', { path: { user_id: userId } });
  list.setItems((items) => [row, ...without(items, userId)]);
}

/** Takes that back. */
export async function unblock(rest: Rest, userId: UserId, list: OwnedPages<Block>): Promise<void> {
  await rest.call('delete', '/api/chat/blocks/{user_id}/', { path: { user_id: userId } });
  list.setItems((items) => without(items, userId));
}

function without(items: readonly Block[], userId: UserId): Block[] {
  return items.filter((one) => one.user_id !== userId);
}

/** What oneself chose to be seen as. */
export async function loadOwn(rest: Rest, me: UserId | null, own: WritableStore<OwnPresence | null>): Promise<OwnPresence> {
  if (me === null) throw rest.error('closed', 'Never connected.');
  const { results } = await rest.call('get', '/api/chat/presence/', { query: { user_ids: String(me) } });
  const row = results.find((one) => one.user_id === me);
  if (!row) throw rest.error('not_found', 'Nothing is known of oneself.');
  // One who asks is here: who is seen `offline` all the same chose so.
  const chosen: OwnPresence = { ...row, status: row.status === 'offline' ? 'invisible' : row.status };
  own.set(chosen);
  return chosen;
}

/** Chooses it. */
export async function choose(rest: Rest, status: ChosenStatus, own: WritableStore<OwnPresence | null>): Promise<OwnPresence> {
  const row = await rest.call('patch', '/api/chat/presence/', { body: { status } });
  own.set(row);
  return row;
}

/** The first page of what is found. */
export async function search(rest: Rest, { text, messageType, ...query }: SearchQuery): Promise<Page<FoundMessage>> {
  const asked = { ...query, search: text, ...(messageType !== undefined && { message_type: messageType as MessageType }) };
  return (await rest.call('get', '/api/chat/messages/', { query: asked })) as unknown as Page<FoundMessage>;
}

/** Some of those who are there; at the end of a snapshot nobody else is. */
export function seen({ people, all, store, unseen }: PresenceBoard, rows: readonly PresenceFrameRow[], isLast: boolean): void {
  for (const { user_id, is_online, last_seen, status } of rows) {
    unseen.delete(user_id);
    store(user_id).set({ user_id, is_online, last_seen, status });
  }
  if (isLast) {
    for (const userId of unseen) people.get(userId)?.set(null);
    unseen.clear();
  }
  const known = [...people.values()].map((one) => one.get()).filter((row) => row !== null);
  all.set(new Map(known.map((row) => [row.user_id, row])));
}
