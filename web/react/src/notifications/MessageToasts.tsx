/** New messages of other conversations, told of in a corner of the page. */

import type { ConversationId, MessageId } from '@workconnect/chat-client';
import { useEffect, useState } from 'react';
import { summaryOf } from '../conversations/describe.js';
import { useChatClient, useChatEvent, useUserId } from '../hooks/useClient.js';
import { useText } from '../i18n/useText.js';
import { Avatar } from '../people/Avatar.js';
import { useAnnounce } from '../primitives/Announcer.js';
import { Icon } from '../primitives/Icon.js';
import { useSlot } from '../slots/slots.js';
import { isToldOf, withToast } from './toasts.js';
import type { Toast } from './toasts.js';

/** Props of the toasts. */
export interface MessageToastsProps {
  /** The conversation that is being read: nothing is told of it. */
  readonly openId?: ConversationId | undefined;
  /** A message was chosen: show it. */
  readonly onOpen: (conversationId: ConversationId, messageId: MessageId) => void;
}

const SHOWN_MS = 7000;

/** New messages of other conversations. They go by themselves, but not while they are pointed at or have the focus. */
export function MessageToasts({ openId, onOpen }: MessageToastsProps) {
  const { t } = useText();
  const client = useChatClient();
  const userId = useUserId();
  const announce = useAnnounce();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const [isHeld, setHeld] = useState(false);
  const newest = toasts[0]?.message.id;

  useChatEvent('message_received', ({ message }) => {
    // A conversation that is not there any more is not told of.
    client.conversations.get(message.conversation_id).then((conversation) => {
      if (!isToldOf(message, conversation, userId, openId)) return;
      setToasts((now) => withToast(now, message, conversation));
      announce(t('newMessageFrom', { name: message.sender?.name ?? t('someone') }));
    }, () => undefined);
  });
  useEffect(() => {
    if (newest === undefined || isHeld) return undefined;
    const timer = setTimeout(() => setToasts([]), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [newest, isHeld]);
  useEffect(() => setToasts((now) => now.filter(({ conversation }) => conversation.id !== openId)), [openId]);

  const dismiss = (gone: Toast) => setToasts((now) => now.filter((toast) => toast !== gone));
  if (toasts.length === 0) return null;
  return (
    <ul
      className="chat chat-toasts" aria-label={t('notifications')}
      onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)} onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}
    >
      {toasts.map((toast) => (
        <ToastRow
          key={toast.conversation.id} toast={toast} onDismiss={() => dismiss(toast)}
          onOpen={() => {
            dismiss(toast);
            setHeld(false);
            onOpen(toast.conversation.id, toast.message.id);
          }}
        />
      ))}
    </ul>
  );
}

function ToastRow({ toast, onOpen, onDismiss }: { readonly toast: Toast; readonly onOpen: () => void; readonly onDismiss: () => void }) {
  const { t } = useText();
  const client = useChatClient();
  const Face = useSlot('Avatar', Avatar);
  const { message, conversation, count } = toast;
  const { sender } = message;
  const title = client.titleOf(conversation);
  return (
    <li className="chat-toast">
      <button type="button" className="chat-toast__open" onClick={onOpen}>
        <Face id={sender?.id ?? null} name={sender?.name ?? ''} url={sender?.avatar_url} size="sm" />
        <span className="chat-toast__text">
          <span className="chat-toast__name">{sender?.name}{title !== sender?.name && <span className="chat-toast__where"> · {title}</span>}</span>
          <span className="chat-toast__words" dir="auto">{summaryOf(message, t)}</span>
        </span>
        {count > 1 && <span className="chat-badge" aria-label={t('unreadCount', { count })}>{count}</span>}
      </button>
      <button type="button" className="chat-icon-button" data-size="sm" aria-label={t('dismiss')} title={t('dismiss')} onClick={onDismiss}><Icon name="close" /></button>
    </li>
  );
}
