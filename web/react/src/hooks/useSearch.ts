/** Finding what was said. */

import type { FoundMessage, SearchQuery } from '@workconnect/chat-client';
import { useEffect, useMemo, useState } from 'react';
import { useChatClient } from './useClient.js';
import { usePaginator } from './usePaginator.js';
import type { PagedList } from './usePaginator.js';

const PAUSE_MS = 300;

/** What is found by a query, the best first. Nothing is asked while the text is blank or still changing. */
export function useSearch(query: SearchQuery): PagedList<FoundMessage> & { readonly isWaiting: boolean } {
  const client = useChatClient();
  const key = JSON.stringify({ ...query, text: query.text.trim() });
  const settled = useSettled(key, PAUSE_MS);
  const found = useMemo(() => {
    const asked: SearchQuery = JSON.parse(settled);
    return asked.text === '' ? undefined : client.search(asked);
  }, [client, settled]);
  const list = usePaginator(found);
  return useMemo(() => ({ ...list, isWaiting: settled !== key }), [list, settled, key]);
}

/** A value once it has stayed the same for a while. */
export function useSettled<T>(value: T, pauseMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return settled;
}
