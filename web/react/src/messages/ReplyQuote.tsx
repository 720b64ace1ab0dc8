/** The message that another one answers: a button that leads there. */

import type { MessageItem } from '@workconnect/chat-client';
import { useCallback, useSyncExternalStore } from 'react';
import { senderName, summaryOf } from '../conversations/describe.js';
import { useUserId } from '../hooks/useClient.js';
import { useText } from '../i18n/useText.js';
import type { ReplyQuoteProps } from '../slots/props.js';
import { useMessageDeeds } from './actions.js';

/** Who said what is answered, and its first line, as far as it is held; without that just the way there. */
export function ReplyQuote({ handle, replyTo }: ReplyQuoteProps) {
  const { t } = useText();
  const userId = useUserId();
  const { run } = useMessageDeeds();
  const item = useHeldItem(handle.messages, replyTo);
  return (
    <button type="button" className="chat-quote" onClick={() => run(handle.messages.jumpTo(replyTo))}>
      {item ? (
        <>
          <span className="chat-quote__name">
            <span className="chat-sr-only">{t('inReplyTo', { name: '' })}</span><bdi>{senderName(item.message, userId, t)}</bdi>
          </span>
          <span className="chat-quote__text chat-line" dir="auto">{summaryOf(item.message, t)}</span>
        </>
      ) : <span className="chat-quote__text">{t('showRepliedMessage')}</span>}
    </button>
  );
}

/** A message of the window; the same object as long as it has not changed. */
function useHeldItem(messages: ReplyQuoteProps['handle']['messages'], id: string): MessageItem | undefined {
  const get = useCallback(() => messages.get().items.find(({ message }) => message.id === id), [messages, id]);
  return useSyncExternalStore(messages.subscribe, get, get);
}
