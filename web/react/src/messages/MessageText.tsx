/** What a message says. */

import type { ShownMessage } from '@workconnect/chat-client';
import { LinkedText } from '../primitives/LinkedText.js';
import type { MessagePartProps } from '../slots/props.js';

/** The text, with links. */
export function MessageText({ message }: MessagePartProps) {
  return <div className="chat-message__text" dir="auto"><LinkedText text={message.content} /></div>;
}

const FEW_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*\s*){1,3}$/u;

/** Whether a message is up to three emoji and nothing else: it is shown large. */
export function isJumbo({ content, attachments, reply_to: replyTo, deleted_at: deletedAt }: ShownMessage): boolean {
  return attachments.length === 0 && replyTo === null && deletedAt === null && FEW_EMOJI.test(content.trim());
}
