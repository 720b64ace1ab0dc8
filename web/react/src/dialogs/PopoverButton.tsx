/** A button that opens a small panel beside it; the panel closes with Esc, a click elsewhere, or when the focus leaves. */

import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import { later } from '../primitives/later.js';

const PopoverPanel = later(async () => (await import('./PopoverPanel.js')).PopoverPanel);

/** Props of a button with a panel. */
export interface PopoverButtonProps {
  /** The name of the button. */
  readonly label: string;
  /** The name of the panel, if it is another. */
  readonly panelLabel?: string;
  readonly className?: string;
  readonly panelClassName?: string;
  readonly placement?: 'bottom-start' | 'bottom-end' | 'top-start' | 'top-end';
  readonly disabled?: boolean;
  /** What the button shows. */
  readonly icon: ReactNode;
  /** What the panel shows; `close` closes it and gives the focus back. */
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a panel. */
export function PopoverButton({ label, panelLabel = label, className = 'chat-icon-button', panelClassName = '', placement = 'bottom-end', disabled = false, icon, children }: PopoverButtonProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  const close = () => {
    setOpen(false);
    button?.focus();
  };
  return (
    <>
      <button
        type="button" ref={setButton} className={className} aria-label={label} title={label} disabled={disabled}
        aria-haspopup="dialog" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return;
          event.preventDefault();
          event.stopPropagation();
          close();
        }}
        onPointerEnter={() => void PopoverPanel.preload()} onFocus={() => void PopoverPanel.preload()}
      >
        {icon}
      </button>
      {open && (
        <PopoverPanel id={id} label={panelLabel} className={panelClassName} placement={placement} anchor={button} onClose={close} onLeave={() => setOpen(false)}>
          {children(close)}
        </PopoverPanel>
      )}
    </>
  );
}
