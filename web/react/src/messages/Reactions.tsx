/** The reactions below a message: buttons that set and take back one's own. */

import { useText } from '../i18n/useText.js';
import type { ReactionsProps } from '../slots/props.js';

/** A button for each kind of reaction. */
export function Reactions({ reactions, onToggle }: ReactionsProps) {
  const { t } = useText();
  return (
    <div className="chat-reactions" role="group" aria-label={t('reactions')}>
      {reactions.map(({ emoji, count, me }) => (
        <button
          key={emoji} type="button" className="chat-reaction" aria-pressed={me} aria-label={t('reactionCount', { emoji, count })}
          onClick={() => onToggle(emoji, !me)}
        >
          <span className="chat-reaction__emoji" aria-hidden="true">{emoji}</span>
          <span aria-hidden="true">{count}</span>
        </button>
      ))}
    </div>
  );
}
