/** What is asked before a message is deleted or reported. */

import { useId, useState } from 'react';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { Dialog } from '../primitives/Dialog.js';

/** Asks whether to delete a message. */
export function RemoveDialog({ onClose, onRemove }: { readonly onClose: () => void; readonly onRemove: () => void }) {
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

/** Asks why to report a message. */
export function ReportDialog({ onClose, onReport }: { readonly onClose: () => void; readonly onReport: (reason: string) => Promise<unknown> }) {
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
