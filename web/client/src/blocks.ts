/** Whom the person has blocked. */
import type { Blocks } from './api/people.js';
import { paginate } from './pages.js';
import { later } from './lazy.js';
import type { Rest } from './rest.js';
import type { Block } from './wire.js';

/** The list, and its two changes, which are loaded later. */
export function liveBlocks(rest: Rest): Blocks {
  const list = paginate<Block>(rest, () => rest.call('get', '/api/chat/blocks/'));
  return {
    ...list,
    block: async (userId) => (await later()).block(rest, userId, list),
    unblock: async (userId) => (await later()).unblock(rest, userId, list),
  };
}
