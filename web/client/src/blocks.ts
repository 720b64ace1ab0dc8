/** Whom the person has blocked. */
import type { Blocks } from './api/people.js';
import { paginate } from './pages.js';
import type { Rest } from './rest.js';
import type { Block } from './wire.js';

/** The list, and its two changes. */
export function liveBlocks(rest: Rest): Blocks {
  const { get, subscribe, loadMore, reload, setItems } = paginate<Block>(rest, () => rest.call('get', '/api/chat/blocks/'));
  return {
    get,
    subscribe,
    loadMore,
    reload,
    block: async (userId) => {
      const block = await rest.call('put', '/api/chat/blocks/{user_id}/', { path: { user_id: userId } });
      setItems((items) => [block, ...items.filter((one) => one.user_id !== userId)]);
    },
    unblock: async (userId) => {
      await rest.call('delete', '/api/chat/blocks/{user_id}/', { path: { user_id: userId } });
      setItems((items) => items.filter((one) => one.user_id !== userId));
    },
  };
}
