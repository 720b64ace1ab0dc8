/** A question before something that cannot be taken back. */

import { useId } from 'react';
import { useText } from '../i18n/useText.js';
import { Dialog } from '../primitives/Dialog.js';

/** A question and what follows from yes. */
export interface ConfirmProps {
  readonly question: string;
  /** What the button says. */
  readonly action: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before it does. */
export function Confirm({ question, action, onConfirm, onClose }: ConfirmProps) {
  const { t } = useText();
  const id = useId();
  return (
    <Dialog open onClose={onClose} className="chat chat-dialog" role="alertdialog" aria-labelledby={id}>
      <div className="chat-dialog__body">
        <p id={id}>{question}</p>
        <div className="chat-dialog__actions">
          <button type="button" className="chat-button" onClick={onClose}>{t('cancel')}</button>
          <button
            type="button" className="chat-button" data-variant="danger"
            onClick={() => {
              onClose();
              onConfirm();
            }}
          >
            {action}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
