/** What stands above the first message that is held: that more comes, that it did not, or that there is no more. */

import type { MessageWindowState } from '@workconnect/chat-client';
import { useText } from '../i18n/useText.js';

/** The upper end of a history; as high in each state, so that nothing moves. */
export function HistoryTop({ window, onRetry }: { readonly window: MessageWindowState; readonly onRetry: () => void }) {
  const { t } = useText();
  return (
    <div className="chat-messages__edge">
      {window.error
        ? <button type="button" className="chat-button" data-variant="link" onClick={onRetry}>{t('loadFailed')} {t('tryAgain')}</button>
        : window.hasOlder ? <span className="chat-spinner" role="img" aria-label={t('loadingOlder')} /> : t('beginning')}
    </div>
  );
}
