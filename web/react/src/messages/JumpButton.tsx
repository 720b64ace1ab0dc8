/** The button that leads to the newest messages, with how many have not been seen. */

import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';

/** Leads to the end. */
export function JumpButton({ count, onJump }: { readonly count: number; readonly onJump: () => void }) {
  const { t } = useText();
  return (
    <button type="button" className="chat-button chat-jump" data-count={count || undefined} aria-label={count > 0 ? undefined : t('jumpToLatest')} onClick={onJump}>
      <Icon name="down" />{count > 0 && t('jumpToNew', { count })}
    </button>
  );
}
