/** What people do with a message: the dialogs that ask before, and the line that says what did not work. */

import type { ConversationHandle, MessageItem } from '@workconnect/chat-client';
import { createContext, useCallback, useContext, useId, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { useAnnounce } from '../primitives/Announcer.js';
import { Dialog } from '../primitives/Dialog.js';
import { Icon } from '../primitives/Icon.js';

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
        <div className="chat-notice">
          <span>{notice}</span>
          <button type="button" className="chat-icon-button" data-size="sm" aria-label={t('dismiss')} onClick={() => setNotice('')}><Icon name="close" /></button>
        </div>
      )}
      {question?.kind === 'remove' && id && <RemoveDialog onClose={close} onRemove={() => run(handle.remove(id))} />}
      {question?.kind === 'report' && id && <ReportDialog onClose={close} onReport={(reason) => handle.report(id, reason)} />}
    </DeedsContext.Provider>
  );
}

function RemoveDialog({ onClose, onRemove }: { readonly onClose: () => void; readonly onRemove: () => void }) {
  const { t } = useText();
  const id = useId();
  return (
    <Dialog open onClose={onClose} className="chat chat-dialog" aria-labelledby={`${id}-title`} aria-describedby={`${id}-hint`}>
      <div className="chat-dialog__body">
        <h2 className="chat-dialog__title" id={`${id}-title`}>{t('removeTitle')}</h2>
        <p id={`${id}-hint`}>{t('removeHint')}</p>
        <div className="chat-dialog__actions">
          <button type="button" className="chat-button" onClick={onClose}>{t('cancel')}</button>
          <button
            type="button" className="chat-button" data-variant="danger"
            onClick={() => {
              onRemove();
              onClose();
            }}
          >
            {t('remove')}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

const MAX_REASON = 1000;

function ReportDialog({ onClose, onReport }: { readonly onClose: () => void; readonly onReport: (reason: string) => Promise<unknown> }) {
  const { t } = useText();
  const id = useId();
  const [reason, setReason] = useState('');
  const [state, setState] = useState<'asking' | 'sending' | 'done'>('asking');
  const [problem, setProblem] = useState('');
  const submit = async () => {
    setState('sending');
    try {
      await onReport(reason.trim());
      setState('done');
    } catch (error) {
      setProblem(t('actionFailed', { reason: problemText(t, error) }));
      setState('asking');
    }
  };
  return (
    <Dialog open onClose={onClose} className="chat chat-dialog" aria-labelledby={`${id}-title`}>
      <form
        className="chat-dialog__body"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <h2 className="chat-dialog__title" id={`${id}-title`}>{t('reportTitle')}</h2>
        {state === 'done' ? <p role="status">{t('reported')}</p> : (
          <label className="chat-field">
            {t('reportReason')}
            <textarea className="chat-input" rows={3} maxLength={MAX_REASON} value={reason} onChange={(event) => setReason(event.target.value)} />
          </label>
        )}
        {problem && <p className="chat-error" role="alert">{problem}</p>}
        <div className="chat-dialog__actions">
          <button type="button" className="chat-button" onClick={onClose}>{t(state === 'done' ? 'close' : 'cancel')}</button>
          {state !== 'done' && <button type="submit" className="chat-button" data-variant="primary" disabled={state === 'sending' || reason.trim() === ''}>{t('reportSend')}</button>}
        </div>
      </form>
    </Dialog>
  );
}
