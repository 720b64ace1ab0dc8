/** A message: who, what, the files, the reactions, how far it has come, and what can be done with it. */

import { memo } from 'react';
import { senderName } from '../conversations/describe.js';
import { useUserId } from '../hooks/useClient.js';
import { useText } from '../i18n/useText.js';
import { Avatar } from '../people/Avatar.js';
import type { MessageProps } from '../slots/props.js';
import { useSlot } from '../slots/slots.js';
import { useMessageDeeds } from './actions.js';
import { Delivery } from './Delivery.js';
import { MessageAttachments } from './MessageAttachments.js';
import { MessageMenu } from './MessageMenu.js';
import { isJumbo, MessageText } from './MessageText.js';
import { Reactions } from './Reactions.js';
import { ReplyQuote } from './ReplyQuote.js';

/** One message. What the system says is a line of its own. */
export const Message = memo(function Message(props: MessageProps) {
  return props.item.message.sender ? <PersonMessage {...props} /> : <SystemMessage {...props} />;
});

function SystemMessage({ item: { message } }: MessageProps) {
  const { dates } = useText();
  return (
    <article className="chat-system" tabIndex={-1} data-message={message.id ?? undefined}>
      <bdi>{message.content}</bdi> <time dateTime={message.created_at} title={dates.full(message.created_at)}>{dates.time(message.created_at)}</time>
    </article>
  );
}

function PersonMessage({ item, handle, follows, isFollowed, isFound, isGroup }: MessageProps) {
  const { t, dates } = useText();
  const userId = useUserId();
  const Face = useSlot('Avatar', Avatar);
  const { message, isMine, delivery } = item;
  const name = message.sender?.name || t('someone');
  const isDeleted = message.deleted_at !== null;
  const isStored = message.id !== null;
  return (
    <article
      className="chat-message" tabIndex={-1} aria-label={`${senderName(message, userId, t)}, ${dates.time(message.created_at)}`} data-own={isMine || undefined}
      data-state={delivery} data-follows={follows || undefined} data-last={!isFollowed || undefined} data-deleted={isDeleted || undefined}
      data-found={isFound || undefined} data-jumbo={isJumbo(message) || undefined} data-message={message.id ?? undefined} data-seq={message.seq ?? undefined}
    >
      {!isMine && (
        <span className="chat-message__avatar">
          {!isFollowed && <Face id={message.sender?.id ?? null} name={name} url={message.sender?.avatar_url} size="sm" />}
        </span>
      )}
      <div className="chat-message__main">
        {!isMine && !follows && isGroup && <span className="chat-message__name"><bdi>{name}</bdi></span>}
        <div className="chat-message__line">
          <Bubble item={item} handle={handle} />
          {isStored && !isDeleted && <MessageMenu item={item} handle={handle} />}
        </div>
        <MessageReactions item={item} handle={handle} />
        <Delivery item={item} handle={handle} showTime={!isFollowed} />
      </div>
    </article>
  );
}

type ItemProps = Pick<MessageProps, 'item' | 'handle'>;

function Bubble({ item: { message, isMine }, handle }: ItemProps) {
  const { t } = useText();
  const Text = useSlot('MessageText', MessageText);
  const Quote = useSlot('ReplyQuote', ReplyQuote);
  const Files = useSlot('Attachments', MessageAttachments);
  if (message.deleted_at) return <div className="chat-bubble">{t(isMine ? 'deletedOwnMessage' : 'deletedMessage')}</div>;
  return (
    <div className="chat-bubble">
      {message.reply_to && <Quote handle={handle} replyTo={message.reply_to} />}
      {message.attachments.length > 0 && <Files message={message} isMine={isMine} />}
      {message.content.trim() !== '' && <Text message={message} />}
    </div>
  );
}

function MessageReactions({ item: { message }, handle }: ItemProps) {
  const { run } = useMessageDeeds();
  const List = useSlot('Reactions', Reactions);
  const { id, reactions } = message;
  if (!id || reactions.length === 0 || message.deleted_at) return null;
  return <List reactions={reactions} onToggle={(emoji, on) => run(handle.react(id, emoji, on))} />;
}
