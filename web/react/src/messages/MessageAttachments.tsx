/** The files of a message by name. */

import type { AttachmentsProps } from '../slots/props.js';

/** A line for each file. */
export function MessageAttachments({ message }: AttachmentsProps) {
  return <ul>{message.attachments.map(({ id, name }) => <li key={id} dir="auto">{name}</li>)}</ul>;
}
