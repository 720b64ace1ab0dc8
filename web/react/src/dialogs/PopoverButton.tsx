/** A button that opens a small panel beside it; the panel closes with Esc, a click elsewhere, or when the focus leaves. */

import { autoUpdate, flip, offset, shift, useFloating } from '@floating-ui/react-dom';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { FocusEvent, KeyboardEvent, ReactNode } from 'react';

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
  const { refs, elements, floatingStyles } = useFloating<HTMLButtonElement>({
    open, placement, strategy: 'fixed', whileElementsMounted: autoUpdate, middleware: [offset(6), flip({ padding: 8 }), shift({ padding: 8 })],
  });
  const close = () => {
    setOpen(false);
    elements.reference?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    const dismiss = (event: PointerEvent) => {
      const inside = [elements.floating, elements.reference].some((element) => element?.contains(event.target as Node));
      if (!inside) setOpen(false);
    };
    document.addEventListener('pointerdown', dismiss);
    return () => document.removeEventListener('pointerdown', dismiss);
  }, [open, elements.floating, elements.reference]);
  const leave = (event: FocusEvent<HTMLElement>) => {
    const next = event.relatedTarget;
    if (next && next !== elements.reference && !event.currentTarget.contains(next)) setOpen(false);
  };
  const escape = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    close();
  };
  return (
    <>
      <button
        type="button" ref={refs.setReference} className={className} aria-label={label} title={label} disabled={disabled}
        aria-haspopup="dialog" aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}
      >
        {icon}
      </button>
      {open && (
        <Panel id={id} label={panelLabel} className={panelClassName} style={floatingStyles} setNode={refs.setFloating} onBlur={leave} onKeyDown={escape}>
          {children(close)}
        </Panel>
      )}
    </>
  );
}

interface PanelProps {
  readonly id: string;
  readonly label: string;
  readonly className: string;
  readonly style: React.CSSProperties;
  readonly setNode: (node: HTMLElement | null) => void;
  readonly onBlur: (event: FocusEvent<HTMLElement>) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly children: ReactNode;
}

function Panel({ label, className, setNode, children, ...props }: PanelProps) {
  const own = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    setNode(own.current);
    own.current?.showPopover?.();
    own.current?.focus({ preventScroll: true });
    return () => setNode(null);
  }, [setNode]);
  return (
    <div {...props} ref={own} className={`chat-popover ${className}`} role="dialog" aria-label={label} tabIndex={-1} popover="manual">
      {children}
    </div>
  );
}
