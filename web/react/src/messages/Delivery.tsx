/** The line below a message: when, edited, how far it has come; and what to do with one that was refused. */

import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import type { TextKey } from '../i18n/strings.js';
import { Icon } from '../primitives/Icon.js';
import type { IconName } from '../primitives/Icon.js';
import type { MessageProps } from '../slots/props.js';
import { useMessageDeeds } from './actions.js';

const STATES = {
  queued: ['clock', 'queued'],
  sending: ['clock', 'sending'],
  sent: ['check', 'sent'],
  read: ['checkDouble', 'readBy'],
} as const satisfies Readonly<Record<string, readonly [IconName, TextKey]>>;

/** How far a message has come. `showTime`: also where there is nothing else to say. */
export function Delivery({ item, handle, showTime }: Pick<MessageProps, 'item' | 'handle'> & { readonly showTime: boolean }) {
  const { t, dates } = useText();
  const { message, isMine, delivery } = item;
  if (delivery === 'failed') return <Failure item={item} handle={handle} />;
  const isPending = delivery === 'queued' || delivery === 'sending';
  if (!showTime && !isPending && !message.edited_at) return null;
  const [icon, key] = STATES[delivery];
  const mayCancel = delivery === 'queued' && message.client_id;
  return (
    <div className="chat-message__meta">
      <time dateTime={message.created_at} title={dates.full(message.created_at)}>{dates.time(message.created_at)}</time>
      {message.edited_at && !message.deleted_at && <span title={dates.full(message.edited_at)}>· {t('edited')}</span>}
      {isMine && !message.deleted_at && (
        <span data-read={delivery === 'read' || undefined} data-delivery={delivery} title={t(key)}><Icon name={icon} /><span className="chat-sr-only">{t(key)}</span></span>
      )}
      {mayCancel && <CancelButton clientId={mayCancel} handle={handle} />}
    </div>
  );
}

function CancelButton({ clientId, handle }: { readonly clientId: string } & Pick<MessageProps, 'handle'>) {
  const { t } = useText();
  const { run } = useMessageDeeds();
  return <button type="button" className="chat-button" data-variant="link" onClick={() => run(handle.cancel(clientId))}>{t('cancel')}</button>;
}

function Failure({ item: { message, error }, handle }: Pick<MessageProps, 'item' | 'handle'>) {
  const { t } = useText();
  const { run } = useMessageDeeds();
  const { client_id: clientId } = message;
  return (
    <div className="chat-message__meta" data-delivery="failed">
      <span className="chat-message__failure">{error ? t('failedBecause', { reason: problemText(t, error) }) : t('failed')}</span>
      {clientId && (
        <>
          <button type="button" className="chat-button" data-variant="link" onClick={() => run(handle.retry(clientId))}>{t('retry')}</button>
          <CancelButton clientId={clientId} handle={handle} />
        </>
      )}
    </div>
  );
}
