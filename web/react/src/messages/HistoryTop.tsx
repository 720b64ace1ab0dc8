/** The upper end of a history: that more comes, that it did not, or that there is no more. */

import type { MessageWindowState } from '@workconnect/chat-client';
import { useText } from '../i18n/useText.js';

interface Props {
  readonly window: MessageWindowState;
}

/** What stands above the first message that is held; as high in each state, so that nothing moves. */
export function HistoryTop({ window }: Props) {
  const { t } = useText();
  return <div className="chat-messages__edge">{window.hasOlder ? <span className="chat-spinner" aria-hidden="true" /> : t('beginning')}</div>;
}

/** Over the messages: that a page did not come, and a button to try again. */
export function PageFailure({ window, onRetry }: Props & { readonly onRetry: () => void }) {
  const { t } = useText();
  if (!window.error) return null;
  return (
    <div className="chat-failure chat-messages__retry" role="alert">
      <span>{t('loadFailed')}</span>
      <button type="button" className="chat-button" data-variant="link" onClick={onRetry}>{t('tryAgain')}</button>
    </div>
  );
}
