/** Above the input: which message is answered or edited, and how to give that up. */

import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import type { ComposerTarget } from '../window/target.js';

/** Props of the bar. */
export interface TargetBarProps {
  readonly target: ComposerTarget;
  readonly onCancel: () => void;
}

/** Which message is answered or edited. */
export function TargetBar({ target: { mode, item }, onCancel }: TargetBarProps) {
  const { t } = useText();
  const { message } = item;
  const name = item.isMine ? t('you') : message.sender?.name ?? t('someone');
  const cancel = mode === 'edit' ? t('cancelEdit') : t('cancelReply');
  const excerpt = message.content || message.attachments[0]?.name || '';
  return (
    <div className="chat-target" data-mode={mode}>
      <Icon name={mode === 'edit' ? 'edit' : 'reply'} />
      <span className="chat-target__text">
        <strong>{mode === 'edit' ? t('editingMessage') : t('replyingTo', { name })}</strong>
        <span className="chat-target__excerpt" dir="auto">{excerpt}</span>
      </span>
      <button type="button" className="chat-icon-button" data-size="sm" aria-label={cancel} title={cancel} onClick={onCancel}>
        <Icon name="close" />
      </button>
    </div>
  );
}
