/** Emoji that a shortcode may mean, above the text in which it is written. The focus stays in the text. */

import { useText } from '../i18n/useText.js';
import type { Suggestions } from './useShortcodes.js';

/** Props of the list. */
export interface SuggestionListProps {
  readonly id: string;
  readonly suggestions: Suggestions;
  /** The one that Enter takes. */
  readonly active: number;
  readonly onChoose: (emoji: string) => void;
}

/** The id of the option at a position, for `aria-activedescendant`. */
export function optionId(id: string, index: number): string {
  return `${id}-${index}`;
}

/** Emoji that a shortcode may mean. */
export function SuggestionList({ id, suggestions, active, onChoose }: SuggestionListProps) {
  const { t } = useText();
  return (
    <ul id={id} className="chat-suggestions" role="listbox" aria-label={t('emojiSuggestions', { query: suggestions.query })}>
      {suggestions.emojis.map(({ emoji, label, shortcodes }, index) => (
        <li
          key={emoji} id={optionId(id, index)} role="option" aria-selected={index === active} className="chat-suggestion"
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(emoji);
          }}
        >
          <span aria-hidden="true">{emoji}</span> <span>{shortcodes[0] ? `:${shortcodes[0]}:` : label}</span>
        </li>
      ))}
    </ul>
  );
}
