/** A picker of emoji: search, groups, and a grid that arrow keys walk. */

import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useText } from '../i18n/useText.js';
import { moveFocus } from '../primitives/roving.js';
import { EMOJI_GROUPS, emojiOf, findEmoji } from './catalog.js';
import type { Emoji, EmojiGroup } from './catalog.js';
import { EmojiGrid } from './EmojiGrid.js';
import { recentEmoji, rememberEmoji } from './recent.js';

/** Props of the picker. */
export interface EmojiPickerProps {
  readonly onSelect: (emoji: string) => void;
}

type Tab = EmojiGroup | 'recent';

const MOST_FOUND = 80;

const TAB_EMOJI: Readonly<Record<Tab, string>> = {
  recent: '🕘', smileys: '😀', people: '👋', nature: '🐻', food: '🍔', travel: '✈️', activities: '⚽', objects: '💡', symbols: '🔣', flags: '🏁',
};

/** A picker of emoji. It takes the focus when it appears. */
export function EmojiPicker({ onSelect }: EmojiPickerProps) {
  const { t } = useText();
  const id = useId();
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  const [recent] = useState(recentEmoji);
  const [tab, setTab] = useState<Tab>(recent.length > 0 ? 'recent' : 'smileys');
  const [query, setQuery] = useState('');
  useEffect(() => search.current?.focus({ preventScroll: true }), []);

  const searching = query.trim() !== '';
  const shown = searching ? findEmoji(query, MOST_FOUND) : tab === 'recent' ? recent.map(known) : emojiOf(tab);
  const choose = (emoji: string) => {
    rememberEmoji(emoji);
    onSelect(emoji);
  };
  const toGrid = (event: KeyboardEvent) => {
    const first = shown[0];
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      grid.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    } else if (event.key === 'Enter' && first && searching && !event.nativeEvent.isComposing) {
      event.preventDefault();
      choose(first.emoji);
    }
  };
  const result = shown.length === 0 ? t('emojiNone') : t('emojiFound', { count: shown.length });
  return (
    <div className="chat-emoji">
      <input
        ref={search} type="search" className="chat-input" value={query} placeholder={t('emojiSearch')} aria-label={t('emojiSearch')}
        autoComplete="off" onChange={(event) => setQuery(event.target.value)} onKeyDown={toGrid}
      />
      {!searching && <Tabs id={id} tab={tab} onTab={setTab} withRecent={recent.length > 0} />}
      <div id={`${id}-panel`} className="chat-emoji__scroll" {...(searching ? {} : { role: 'tabpanel', 'aria-labelledby': `${id}-${tab}` })}>
        <EmojiGrid key={searching ? query : tab} ref={grid} emojis={shown} onChoose={choose} onLeave={() => search.current?.focus()} />
        {searching && shown.length === 0 && <p className="chat-emoji__none">{result}</p>}
      </div>
      <span role="status" className="chat-sr-only">{searching && result}</span>
    </div>
  );
}

interface TabsProps {
  readonly id: string;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly withRecent: boolean;
}

function Tabs({ id, tab: chosen, onTab, withRecent }: TabsProps) {
  const { t } = useText();
  const tabs: readonly Tab[] = withRecent ? ['recent', ...EMOJI_GROUPS] : EMOJI_GROUPS;
  return (
    <div
      className="chat-emoji__tabs" role="tablist" aria-label={t('emojiGroups')}
      onKeyDown={(event) => moveFocus(event, { items: '[role="tab"]', orientation: 'horizontal', loop: true })}
    >
      {tabs.map((tab) => (
        <button
          key={tab} type="button" role="tab" id={`${id}-${tab}`} className="chat-emoji__tab" aria-controls={`${id}-panel`}
          aria-label={tab === 'recent' ? t('emojiRecent') : t(`emojiGroup_${tab}`)} title={tab === 'recent' ? t('emojiRecent') : t(`emojiGroup_${tab}`)}
          aria-selected={tab === chosen} tabIndex={tab === chosen ? 0 : -1} onFocus={() => onTab(tab)} onClick={() => onTab(tab)}
        >
          {TAB_EMOJI[tab]}
        </button>
      ))}
    </div>
  );
}

function known(emoji: string): Emoji {
  return findEmoji(emoji, 1)[0] ?? { emoji, label: emoji, shortcodes: [], tags: [] };
}
