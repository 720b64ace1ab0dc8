/** Emoji in rows: one of them takes part in tabbing, arrow keys move among them. */

import { forwardRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useText } from '../i18n/useText.js';
import type { Emoji } from './catalog.js';

/** How many emoji stand in a row. */
export const COLUMNS = 8;

/** Props of the grid. */
export interface EmojiGridProps {
  readonly emojis: readonly Emoji[];
  readonly onChoose: (emoji: string) => void;
  /** The focus wants to leave over the upper edge. */
  readonly onLeave: () => void;
}

/** Emoji in rows. */
export const EmojiGrid = forwardRef<HTMLDivElement, EmojiGridProps>(function EmojiGrid({ emojis, onChoose, onLeave }, ref) {
  const { t } = useText();
  const [active, setActive] = useState(0);
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = target(event, active, emojis.length);
    if (next === undefined) return;
    event.preventDefault();
    if (next < 0) return onLeave();
    setActive(next);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="gridcell"] > button')[next]?.focus();
  };
  const rows = Array.from({ length: Math.ceil(emojis.length / COLUMNS) }, (_, row) => emojis.slice(row * COLUMNS, (row + 1) * COLUMNS));
  return (
    <div ref={ref} className="chat-emoji__grid" {...(rows.length > 0 && { role: 'grid', 'aria-label': t('emojiPicker') })} onKeyDown={move}>
      {rows.map((cells, row) => (
        <div key={row} role="row" className="chat-emoji__row">
          {cells.map(({ emoji, label }, column) => {
            const index = row * COLUMNS + column;
            return (
              <span key={emoji} role="gridcell">
                <button
                  type="button" className="chat-emoji__cell" aria-label={label} title={label} tabIndex={index === active ? 0 : -1}
                  onFocus={() => setActive(index)} onClick={() => onChoose(emoji)}
                >
                  {emoji}
                </button>
              </span>
            );
          })}
        </div>
      ))}
    </div>
  );
});

/** Where a key leads: an index, -1 for over the upper edge, nothing if it is no such key. */
function target(event: KeyboardEvent<HTMLElement>, from: number, count: number): number | undefined {
  const ahead = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1;
  const within = (index: number) => Math.min(count - 1, Math.max(0, index));
  switch (event.key) {
    case 'ArrowRight': return within(from + ahead);
    case 'ArrowLeft': return within(from - ahead);
    case 'ArrowDown': return within(from + COLUMNS);
    case 'ArrowUp': return from < COLUMNS ? -1 : from - COLUMNS;
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return undefined;
  }
}
