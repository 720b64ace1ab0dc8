/** Who said it, what kind of message it is, and since when. */

import type { ConversationId, MessageType, UserId } from '@workconnect/chat-client';
import { useKnownPeople } from '../dialogs/useKnownPeople.js';
import { useText } from '../i18n/useText.js';
import type { TextKey } from '../i18n/strings.js';

/** What a search is narrowed to. */
export interface Filters {
  readonly sender?: UserId;
  readonly messageType?: MessageType;
  /** A day: `2026-11-23`. */
  readonly since?: string;
}

/** Props of the filters. */
export interface SearchFiltersProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
  /** Whose people may be chosen; those of all conversations by default. */
  readonly conversationId: ConversationId | undefined;
}

const TYPES: readonly (readonly [MessageType, TextKey])[] = [['text', 'typeText'], ['image', 'typeImage'], ['voice', 'typeVoice'], ['file', 'typeFile']];

/** The filters, folded away until they are wanted. */
export function SearchFilters({ filters, onChange, conversationId }: SearchFiltersProps) {
  const { t } = useText();
  const people = useKnownPeople({ conversationId, withSelf: true });
  const { sender, messageType, since } = filters;
  const change = (name: keyof Filters, value: string) => {
    const { [name]: _, ...others } = filters;
    onChange(value === '' ? others : { ...others, [name]: name === 'sender' ? Number(value) : value });
  };
  return (
    <details className="chat-search__filters">
      <summary>{t('searchFilters')}</summary>
      <div className="chat-search__fields">
        <label className="chat-field">
          {t('searchSender')}
          <select className="chat-input" value={sender ?? ''} onChange={(event) => change('sender', event.target.value)}>
            <option value="">{t('searchAnybody')}</option>
            {people.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
        <label className="chat-field">
          {t('searchType')}
          <select className="chat-input" value={messageType ?? ''} onChange={(event) => change('messageType', event.target.value)}>
            <option value="">{t('searchAnyType')}</option>
            {TYPES.map(([type, text]) => <option key={type} value={type}>{t(text)}</option>)}
          </select>
        </label>
        <label className="chat-field">
          {t('searchSince')}
          <input type="date" className="chat-input" value={since ?? ''} onChange={(event) => change('since', event.target.value)} />
        </label>
      </div>
    </details>
  );
}
