/** Events that a log has missed, fetched. */
import type { EventFrame } from '../frames.js';
import type { Log, LogOptions } from './log.js';

const PAGE = 200;
const MOST_PAGES = 10;

/** Everything up to the head, unless it is too much or of another log. */
export async function catchUp(log: Log, { id, rest }: LogOptions): Promise<void> {
  try {
    for (let pages = 0; log.position !== null; pages += 1) {
      const after = log.position;
      const page = await rest.call('get', '/api/chat/conversations/{id}/events/', { path: { id }, query: { after_seq: after, page_size: PAGE } });
      if (pages === MOST_PAGES || (log.epoch !== null && page.log_epoch !== log.epoch)) return log.lose();
      log.hold(page.results as unknown as EventFrame[]);
      if (log.position === null || log.position >= page.last_seq || log.position === after) return;
    }
  } catch (cause) {
    // A conversation that is not ours any more is told to us.
    if (rest.errorOf(cause).code === 'not_found') log.reset();
  }
}
