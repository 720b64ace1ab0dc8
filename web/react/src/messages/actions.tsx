/** What people do with a message: the dialogs that ask before, and the line that says what did not work. */

import type { ConversationHandle, MessageItem } from '@workconnect/chat-client';
import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { useAnnounce } from '../primitives/Announcer.js';
import { Icon } from '../primitives/Icon.js';
import { later } from '../primitives/later.js';

const RemoveDialog = later(async () => (await import('./dialogs.js')).RemoveDialog);
const ReportDialog = later(async () => (await import('./dialogs.js')).ReportDialog);

interface Question {
  readonly kind: 'remove' | 'report';
  readonly item: MessageItem;
}

/** What messages may ask for. */
export interface MessageDeeds {
  /** Asks whether to delete the message. */
  readonly askRemove: (item: MessageItem) => void;
  /** Asks why to report the message. */
  readonly askReport: (item: MessageItem) => void;
  /** Does something, and says so if it fails. */
  readonly run: (deed: Promise<unknown>) => void;
  /** Says something in passing. */
  readonly tell: (text: string) => void;
}

const DeedsContext = createContext<MessageDeeds>({ askRemove: () => undefined, askReport: () => undefined, run: () => undefined, tell: () => undefined });

/** What messages may ask for. */
export function useMessageDeeds(): MessageDeeds {
  return useContext(DeedsContext);
}

/** Holds the dialogs for the messages in it. */
export function MessageDeedsScope({ handle, children }: { readonly handle: ConversationHandle; readonly children: ReactNode }) {
  const { t } = useText();
  const announce = useAnnounce();
  const [question, setQuestion] = useState<Question>();
  const [notice, setNotice] = useState('');
  const run = useCallback((deed: Promise<unknown>) => {
    deed.catch((error: unknown) => {
      const text = t('actionFailed', { reason: problemText(t, error) });
      setNotice(text);
      announce(text, 'assertive');
    });
  }, [t, announce]);
  const deeds = useMemo<MessageDeeds>(() => ({
    askRemove: (item) => setQuestion({ kind: 'remove', item }),
    askReport: (item) => setQuestion({ kind: 'report', item }),
    run,
    tell: announce,
  }), [run, announce]);
  const close = () => setQuestion(undefined);
  const id = question?.item.message.id;
  return (
    <DeedsContext.Provider value={deeds}>
      {children}
      {notice && (
        <div className="chat-failure">
          <span>{notice}</span>
          <button type="button" className="chat-icon-button" data-size="sm" aria-label={t('dismiss')} onClick={() => setNotice('')}><Icon name="close" /></button>
        </div>
      )}
      {question?.kind === 'remove' && id && <RemoveDialog onClose={close} onRemove={() => run(handle.remove(id))} />}
      {question?.kind === 'report' && id && <ReportDialog onClose={close} onReport={(reason) => handle.report(id, reason)} />}
    </DeedsContext.Provider>
  );
}
