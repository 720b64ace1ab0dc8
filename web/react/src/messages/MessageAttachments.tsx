/** The files of a message, as the slot for them has it. */

import { Attachments } from '../attachments/Attachments.js';
import type { AttachmentsProps } from '../slots/props.js';

/** The files of a message. */
export function MessageAttachments({ message }: AttachmentsProps) {
  return <Attachments attachments={message.attachments} />;
}
