/** A small panel beside its button; loaded with the first one that opens. */

import { useLayoutEffect, useRef } from 'react';
import type { FocusEvent, KeyboardEvent, ReactNode } from 'react';
import type { MenuPlacement } from '../primitives/menuState.js';
import { useAnchored, useDismiss } from '../primitives/useAnchored.js';

/** Props of a panel. */
export interface PopoverPanelProps {
  readonly id: string;
  readonly label: string;
  readonly className: string;
  readonly placement: MenuPlacement;
  readonly anchor: HTMLElement | null;
  /** Closes, and gives the focus back. */
  readonly onClose: () => void;
  /** Closes, and leaves the focus where it went. */
  readonly onLeave: () => void;
  readonly children: ReactNode;
}

/** An open panel. It takes the focus. */
export function PopoverPanel({ label, className, placement, anchor, onClose, onLeave, ...props }: PopoverPanelProps) {
  const own = useRef<HTMLDivElement>(null);
  const style = useAnchored(anchor, own, placement);
  useDismiss(anchor, own, onLeave);
  useLayoutEffect(() => {
    own.current?.showPopover?.();
    own.current?.focus({ preventScroll: true });
  }, []);
  const leave = ({ relatedTarget: next, currentTarget }: FocusEvent<HTMLElement>) => {
    if (next && next !== anchor && !currentTarget.contains(next)) onLeave();
  };
  const escape = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <div
      {...props} ref={own} className={`chat-popover ${className}`} role="dialog" aria-label={label} tabIndex={-1} popover="manual" style={style}
      onBlur={leave} onKeyDown={escape}
    />
  );
}
