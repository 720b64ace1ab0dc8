/** Tells that the connection is lost, when it is tried again, and what waits for it. */

import type { ConnectionStatus, ConversationId, MessageWindowState } from '@workconnect/chat-client';
import { useEffect, useState } from 'react';
import { useChatClient, useConnection } from '../hooks/useClient.js';
import { useOptionalStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import type { Translate } from '../i18n/strings.js';
import { Icon } from '../primitives/Icon.js';

const SHOWN_AGAIN_MS = 2500;

/** Props of the banner. */
export interface ConnectionBannerProps {
  /** The conversation that is shown: what waits in it to be sent is counted. */
  readonly conversationId?: ConversationId;
}

/** A line that is there as long as there is no connection, and a moment after. */
export function ConnectionBanner({ conversationId }: ConnectionBannerProps) {
  const { t } = useText();
  const connection = useConnection();
  const queued = useQueued(conversationId);
  const kind = kindOf(connection);
  const isBack = useIsBack(kind !== undefined);
  const seconds = useCountdown(kind === 'lost' ? connection.retryAt : null);
  const shown = kind ?? (isBack ? 'back' : undefined);
  return (
    <div className="chat-connection" role="status" data-kind={shown}>
      {shown && (
        <div className="chat-connection__line">
          <Icon name={shown === 'back' ? 'check' : 'alert'} />
          <span className="chat-connection__text">
            {/* The number of seconds is not read out each time that it changes. */}
            <span className="chat-sr-only">{headline(t, shown, null)}</span>
            <span aria-hidden="true">{headline(t, shown, seconds)}</span>
            {queued > 0 && shown !== 'back' && <span> {t('queuedMessages', { count: queued })}</span>}
          </span>
          {(shown === 'lost' || shown === 'away') && (
            <button type="button" className="chat-button" data-variant="link" onClick={connection.reconnectNow}>{t('retryNow')}</button>
          )}
        </div>
      )}
    </div>
  );
}

type Kind = 'lost' | 'away' | 'signedOut';

/** Codes after which only another log-in helps. */
const SIGNED_OUT: ReadonlySet<number | null> = new Set([4501, 4508]);

function kindOf({ state, isLost, code }: ConnectionStatus): Kind | undefined {
  if (state === 'disconnected') return SIGNED_OUT.has(code) ? 'signedOut' : 'away';
  return isLost && state !== 'connected' ? 'lost' : undefined;
}

function headline(t: Translate, kind: Kind | 'back', seconds: number | null): string {
  switch (kind) {
    case 'back': return t('reconnected');
    case 'away': return t('disconnected');
    case 'signedOut': return t('signedOut');
    case 'lost': return seconds !== null && seconds > 0 ? t('reconnectingIn', { count: seconds }) : t('reconnecting');
  }
}

/** How many of one's messages are not stored yet and were not refused. */
function useQueued(id: ConversationId | undefined): number {
  const client = useChatClient();
  const window = useOptionalStore<MessageWindowState | undefined>(id === undefined ? undefined : client.conversation(id).messages, undefined);
  return window?.items.filter(({ delivery }) => delivery === 'queued' || delivery === 'sending').length ?? 0;
}

/** Whole seconds until a time; null while there is none. */
function useCountdown(at: number | null): number | null {
  const left = () => (at === null ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000)));
  const [, setTurn] = useState(0);
  useEffect(() => {
    if (at === null) return undefined;
    const timer = setInterval(() => setTurn((turn) => turn + 1), 500);
    return () => clearInterval(timer);
  }, [at]);
  return left();
}

/** True for a moment after `isAway` has ended. */
function useIsBack(isAway: boolean): boolean {
  const [was, setWas] = useState(false);
  useEffect(() => {
    if (isAway) setWas(true);
    if (isAway || !was) return undefined;
    const timer = setTimeout(() => setWas(false), SHOWN_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [isAway, was]);
  return was && !isAway;
}
