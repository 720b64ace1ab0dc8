/** One's conversations: search, filters, and a list box that the arrow keys move through. */

import type { ConversationId, ConversationQuery } from '@workconnect/chat-client';
import { useState } from 'react';
import type { ReactNode, UIEvent } from 'react';
import { useConversations } from '../hooks/useConversations.js';
import { useSettled } from '../hooks/useSearch.js';
import { useText } from '../i18n/useText.js';
import { EmptyState } from '../people/EmptyState.js';
import { Icon } from '../primitives/Icon.js';
import { moveFocus } from '../primitives/roving.js';
import type { ChatSlots } from '../slots/props.js';
import { SlotsScope, useSlot } from '../slots/slots.js';
import { ConversationRow } from './ConversationRow.js';

/** Which conversations are shown. */
export type ConversationFilter = 'all' | 'unread' | 'archived';

const QUERIES: Readonly<Record<ConversationFilter, ConversationQuery>> = {
  all: { archived: false },
  unread: { archived: false, unread: true },
  archived: { archived: true },
};
const FILTERS = [['all', 'filterAll'], ['unread', 'filterUnread'], ['archived', 'filterArchived']] as const;
const SEARCH_PAUSE_MS = 250;
const NEAR_END_PX = 400;

/** Props of the list. */
export interface ConversationListProps {
  /** The conversation that is open. */
  readonly selectedId?: ConversationId | undefined;
  readonly onSelect?: ((id: ConversationId) => void) | undefined;
  /** Narrows the list for good, e.g. to those of a job. */
  readonly query?: Pick<ConversationQuery, 'jobId' | 'participant'>;
  /** Which filter is chosen at first; `all` by default. */
  readonly initialFilter?: ConversationFilter;
  /** Stands beside the title, e.g. a button for a new conversation. */
  readonly actions?: ReactNode;
  readonly components?: Partial<ChatSlots>;
}

/** One's conversations, newest activity first. */
export function ConversationList({ selectedId, onSelect, query = {}, initialFilter = 'all', actions, components }: ConversationListProps) {
  const { t } = useText();
  const [filter, setFilter] = useState(initialFilter);
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim(), SEARCH_PAUSE_MS);
  const list = useConversations({ ...query, ...QUERIES[filter], ...(settled && { search: settled }) });
  const loadMoreAtEnd = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }: UIEvent<HTMLElement>) => {
    if (list.hasMore && !list.isLoading && !list.error && scrollHeight - scrollTop - clientHeight < NEAR_END_PX) list.loadMore();
  };
  return (
    <SlotsScope components={components}>
      <section className="chat chat-list" aria-label={t('conversations')}>
        <div className="chat-list__top">
          <h2 className="chat-list__title">{t('conversations')}{actions}</h2>
          <div className="chat-list__search">
            <Icon name="search" />
            <input
              className="chat-input" type="search" value={search} aria-label={t('conversationsSearch')} placeholder={t('conversationsSearch')}
              onChange={(event) => setSearch(event.target.value)}
            />
          </div>
          <div className="chat-list__filters" role="group" aria-label={t('filters')}>
            {FILTERS.map(([name, key]) => (
              <button key={name} type="button" className="chat-filter" aria-pressed={filter === name} onClick={() => setFilter(name)}>{t(key)}</button>
            ))}
          </div>
        </div>
        <div className="chat-list__scroller" onScroll={loadMoreAtEnd}>
          <Rows {...{ list, selectedId, onSelect }} isNarrowed={settled !== '' || filter !== 'all'} />
        </div>
      </section>
    </SlotsScope>
  );
}

interface RowsProps extends Pick<ConversationListProps, 'selectedId' | 'onSelect'> {
  readonly list: ReturnType<typeof useConversations>;
  readonly isNarrowed: boolean;
}

function Rows({ list, selectedId, onSelect, isNarrowed }: RowsProps) {
  const { t } = useText();
  const Row = useSlot('ConversationRow', ConversationRow);
  const Empty = useSlot('EmptyState', EmptyState);
  const [focusedId, setFocusedId] = useState<ConversationId>();
  const { items } = list;
  const has = (id: ConversationId | undefined) => items.some((item) => item.id === id);
  const stop = [focusedId, selectedId].find(has) ?? items[0]?.id;
  if (items.length === 0 && !list.error && (list.isLoading || list.hasMore)) return <Loading />;
  if (items.length === 0 && !list.error) {
    return <Empty title={t(isNarrowed ? 'noConversationsFound' : 'noConversations')} hint={t(isNarrowed ? 'noConversationsFoundHint' : 'noConversationsHint')} />;
  }
  return (
    <>
      {items.length > 0 && (
        <ul role="listbox" aria-label={t('conversations')} aria-busy={list.isLoading} onKeyDown={(event) => moveFocus(event, { items: '[role="option"]' })}>
          {items.map((conversation) => (
            <li
              key={conversation.id} className="chat-row" role="option" aria-selected={conversation.id === selectedId} data-unread={conversation.unread_count > 0 || undefined}
              data-conversation={conversation.id} tabIndex={conversation.id === stop ? 0 : -1}
              onFocus={() => setFocusedId(conversation.id)} onClick={() => onSelect?.(conversation.id)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                onSelect?.(conversation.id);
              }}
            >
              <Row conversation={conversation} />
            </li>
          ))}
        </ul>
      )}
      {list.error && (
        <div className="chat-empty" role="alert">
          <span>{t('loadFailed')}</span>
          <button type="button" className="chat-button" onClick={list.loadMore}>{t('tryAgain')}</button>
        </div>
      )}
      {list.hasMore && !list.error && <button type="button" className="chat-button" data-variant="link" onClick={list.loadMore}>{t('loadMore')}</button>}
    </>
  );
}

function Loading() {
  const { t } = useText();
  return (
    <div role="status">
      <span className="chat-sr-only">{t('conversations')}…</span>
      {[0, 1, 2, 3, 4].map((row) => <div key={row} className="chat-skeleton" aria-hidden="true" />)}
    </div>
  );
}
