/** The portraits, in place of the initials that the components show. */
import { usePresence } from '@workconnect/chat-react';
import type { AvatarProps } from '@workconnect/chat-react/ui';
import { Face } from './Face';

/** Somebody in a list, a header, beside a message. */
export function ChatAvatar({ id, name, size = 'md', showPresence = false }: AvatarProps) {
  const presence = usePresence(showPresence && id !== null ? [id] : []);
  const isOnline = id !== null && presence.get(id)?.is_online === true;
  return (
    <span className="portrait" data-size={size}>
      <Face name={name} />
      {isOnline && <span className="portrait__online" />}
    </span>
  );
}
