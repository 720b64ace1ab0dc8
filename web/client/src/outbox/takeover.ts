/** One tab sends for all. If it has no connection, another takes over: that can wait until the rest of the client is there. */
import type { Timers } from '../timers.js';
import type { Tabs } from './tabs.js';

const STEAL_AFTER_MS = 4_000;
const OWNER_ANSWERS_WITHIN_MS = 1_000;

/** Waits for the tab that sends, asks whether it does, and takes its place if there is no answer. */
export function watchOwner(isNeeded: () => boolean, timers: Timers<string>, tabs: Tabs): void {
  if (!isNeeded() || timers.has('watch') || timers.has('steal')) return;
  timers.set('watch', STEAL_AFTER_MS, () => {
    if (!isNeeded()) return;
    timers.set('steal', OWNER_ANSWERS_WITHIN_MS, () => {
      if (isNeeded()) tabs.steal();
    });
    tabs.tell({ type: 'who_sends' });
  });
}
