/** Whether somebody is here, in a dot and in words. */

import type { PresenceRow, UserId } from '@workconnect/chat-client';
import { useEffect, useState } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import type { ChatText } from '../i18n/useText.js';
import type { TextKey } from '../i18n/strings.js';

/** Props of a person's presence. */
export interface UserPresenceProps {
  readonly userId: UserId;
  /** Says when somebody who is not here was last seen. */
  readonly showLastSeen?: boolean;
  /** Shows the dot alone; the words are for screen readers. */
  readonly dotOnly?: boolean;
}

const STATUS: Readonly<Record<PresenceRow['status'], TextKey>> = { online: 'statusOnline', away: 'statusAway', offline: 'statusOffline' };

/** Whether somebody is here. Nothing, where one may not know it. */
export function UserPresence({ userId, showLastSeen = false, dotOnly = false }: UserPresenceProps) {
  const text = useText();
  const row = useStore(useChatClient().presence.of(userId));
  useEachMinute(showLastSeen && row?.status === 'offline');
  if (!row) return null;
  return (
    <span className="chat-presence" data-status={row.status}>
      <span className="chat-presence__dot" aria-hidden="true" />
      <span className={dotOnly ? 'chat-sr-only' : 'chat-presence__text'}>{words(text, row, showLastSeen)}</span>
    </span>
  );
}

function words({ t, dates }: ChatText, row: PresenceRow, showLastSeen: boolean): string {
  if (showLastSeen && row.status === 'offline' && row.last_seen) return t('lastSeen', { ago: dates.ago(row.last_seen) });
  return t(STATUS[row.status]);
}

/** Renders anew each minute, as long as something on the screen grows older. */
function useEachMinute(enabled: boolean): void {
  const [, setTurn] = useState(0);
  useEffect(() => {
    if (!enabled) return undefined;
    const timer = setInterval(() => setTurn((turn) => turn + 1), 60_000);
    return () => clearInterval(timer);
  }, [enabled]);
}
