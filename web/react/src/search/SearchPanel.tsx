/** Finding what was said: a query, filters, and what was found, the best first. */

import type { ConversationId, FoundMessage, SearchQuery } from '@workconnect/chat-client';
import { useEffect, useRef, useState } from 'react';
import { useSearch } from '../hooks/useSearch.js';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { moveFocus } from '../primitives/roving.js';
import { FoundRow } from './FoundRow.js';
import { SearchFilters } from './SearchFilters.js';
import type { Filters } from './SearchFilters.js';

/** Props of the panel. */
export interface SearchPanelProps {
  /** Searches this conversation alone; all of one's own by default. */
  readonly conversationId?: ConversationId;
  /** A found message was chosen: show it. */
  readonly onOpen: (message: FoundMessage) => void;
  /** Closes the panel, if it can be closed. */
  readonly onClose?: () => void;
}

/** The search. It takes the focus when it appears. */
export function SearchPanel({ conversationId, onOpen, onClose }: SearchPanelProps) {
  const { t } = useText();
  const [text, setText] = useState('');
  const [filters, setFilters] = useState<Filters>({});
  const input = useRef<HTMLInputElement>(null);
  const found = useSearch(queryOf(text, filters, conversationId));
  const { items, isLoading, isWaiting, hasMore, error } = found;
  useEffect(() => input.current?.focus({ preventScroll: true }), []);

  const isBlank = text.trim() === '';
  const isBusy = !isBlank && (isWaiting || isLoading);
  const count = items.length === 0 ? t('searchNothing') : hasMore ? t('searchResultsMore', { count: items.length }) : t('searchResults', { count: items.length });
  const status = isBlank ? t('searchHint') : isBusy && items.length === 0 ? t('searching') : error ? t('searchFailed', { reason: problemText(t, error) }) : count;
  return (
    <section
      className="chat chat-search" aria-label={t('search')} aria-busy={isBusy}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && onClose) {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <form className="chat-search__form" role="search" onSubmit={(event) => event.preventDefault()}>
        <div className="chat-search__query">
          <Icon name="search" />
          <input
            ref={input} type="search" className="chat-input" value={text} maxLength={256} dir="auto" autoComplete="off" enterKeyHint="search"
            aria-label={t('search')} placeholder={t('searchPlaceholder')} onChange={(event) => setText(event.target.value)}
          />
          {onClose && (
            <button type="button" className="chat-icon-button" aria-label={t('close')} title={t('close')} onClick={onClose}><Icon name="close" /></button>
          )}
        </div>
        <SearchFilters filters={filters} onChange={setFilters} conversationId={conversationId} />
      </form>
      <p className="chat-search__status" role="status" data-error={error ? true : undefined}>{status}</p>
      {!isBlank && items.length > 0 && (
        <ul className="chat-search__list" onKeyDown={(event) => moveFocus(event, { items: '.chat-found' })}>
          {items.map((message) => (
            <li key={message.id}><FoundRow message={message} showConversation={conversationId === undefined} onOpen={onOpen} /></li>
          ))}
        </ul>
      )}
      {!isBlank && hasMore && items.length > 0 && (
        <button type="button" className="chat-button chat-search__more" aria-disabled={isLoading} onClick={found.loadMore}>{t('loadMore')}</button>
      )}
    </section>
  );
}

function queryOf(text: string, { sender, messageType, since }: Filters, conversation: ConversationId | undefined): SearchQuery {
  return {
    text,
    ...(conversation && { conversation }),
    ...(sender !== undefined && { sender }),
    ...(messageType && { messageType }),
    // The beginning of that day where the person is.
    ...(since && { since: new Date(`${since}T00:00:00`).toISOString() }),
  };
}
