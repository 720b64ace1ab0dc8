/** A modal dialog: the platform's own `<dialog>` keeps the focus inside, closes with Esc and gives the focus back. No styles. */

import { useEffect, useRef } from 'react';
import type { ComponentPropsWithoutRef, ReactNode } from 'react';

/** Props of a dialog. It needs a name: `aria-label` or `aria-labelledby`. */
export interface DialogProps extends Omit<ComponentPropsWithoutRef<'dialog'>, 'open' | 'onClose'> {
  readonly open: boolean;
  /** Asked for by Esc or a click beside the dialog. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal dialog; its content is there while it is open. */
export function Dialog({ open, ...props }: DialogProps) {
  return open ? <OpenDialog {...props} /> : null;
}

function OpenDialog({ onClose, children, ...props }: Omit<DialogProps, 'open'>) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const node = dialog.current;
    if (!node) return undefined;
    const before = document.activeElement;
    if (node.showModal) node.showModal();
    else node.setAttribute('open', '');
    return () => {
      node.close?.();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      {...props} ref={dialog}
      onCancel={(event) => {
        // A dialog above this one, or a chooser of files in it, is cancelled by itself.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      {children}
    </dialog>
  );
}
