/** To a message that may be anywhere in the history. */
import type { Message, MessageId, Seq } from '../wire.js';
import type { Window } from './window.js';

/** Shows the part around it, unless it is held. */
export async function jump(window: Window, target: MessageId | Seq): Promise<void> {
  const { state, options } = window;
  const find = (): Message | undefined => window.messages.find((one) => one.id === target || one.seq === target);
  if (!find()) {
    await window.load('isLoading', { around: String(target), order: 'asc' }, (page, hasNewer, hasOlder) => {
      state.patch({ hasNewer, hasOlder });
      window.set(page);
    });
  }
  const found = find();
  if (!found) throw state.get().error ?? options.rest.error('not_found', 'There is no such message.');
  state.patch({ target: { id: found.id, seq: found.seq } });
}
