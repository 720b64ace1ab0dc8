/** A menu at a button: keys, focus and dismissal as the ARIA practices have them, the place by floating-ui. No styles. */

import { autoUpdate, flip, offset, shift, useFloating } from '@floating-ui/react-dom';
import { createContext, useCallback, useContext, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ComponentPropsWithRef, CSSProperties, KeyboardEvent, ReactNode } from 'react';
import { moveFocus } from './roving.js';

type Side = 'first' | 'last';

interface MenuState {
  readonly id: string;
  readonly open: Side | undefined;
  readonly setOpen: (open: Side | undefined) => void;
  readonly close: () => void;
  readonly setTrigger: (node: HTMLElement | null) => void;
  readonly setContent: (node: HTMLElement | null) => void;
  readonly contentStyle: CSSProperties;
}

const MenuContext = createContext<MenuState | undefined>(undefined);

function useMenu(): MenuState {
  const menu = useContext(MenuContext);
  if (!menu) throw new Error('Parts of a menu stand in a <Menu>');
  return menu;
}

/** Props of a menu. */
export interface MenuProps {
  readonly children: ReactNode;
  readonly placement?: 'bottom-start' | 'bottom-end' | 'top-start' | 'top-end';
  /** Told when the menu opens and closes. */
  readonly onOpenChange?: (open: boolean) => void;
}

/** Holds a `MenuTrigger` and a `MenuContent`. */
export function Menu({ children, placement = 'bottom-end', onOpenChange }: MenuProps) {
  const id = useId();
  const [open, setOpenState] = useState<Side>();
  const { refs, elements, floatingStyles } = useFloating({
    placement, strategy: 'fixed', whileElementsMounted: autoUpdate, middleware: [offset(4), flip({ padding: 8 }), shift({ padding: 8 })],
  });
  const { reference, floating } = elements;
  const setOpen = useCallback((side: Side | undefined) => {
    setOpenState(side);
    onOpenChange?.(side !== undefined);
  }, [onOpenChange]);
  const close = useCallback(() => {
    if (floating?.contains(document.activeElement) && reference instanceof HTMLElement) reference.focus();
    setOpen(undefined);
  }, [floating, reference, setOpen]);
  useEffect(() => {
    if (!open) return undefined;
    const dismiss = (event: PointerEvent) => {
      const outside = [floating, reference].every((element) => !(element instanceof Node && element.contains(event.target as Node)));
      if (outside) setOpen(undefined);
    };
    document.addEventListener('pointerdown', dismiss);
    return () => document.removeEventListener('pointerdown', dismiss);
  }, [open, floating, reference, setOpen]);
  const state = useMemo<MenuState>(() => ({
    id, open, setOpen, close, setTrigger: refs.setReference, setContent: refs.setFloating, contentStyle: floatingStyles,
  }), [id, open, setOpen, close, refs, floatingStyles]);
  return <MenuContext.Provider value={state}>{children}</MenuContext.Provider>;
}

/** The button that opens the menu. */
export function MenuTrigger({ onClick, ...props }: Omit<ComponentPropsWithRef<'button'>, 'ref'>) {
  const { id, open, setOpen, close, setTrigger } = useMenu();
  return (
    <button
      type="button" {...props} ref={setTrigger} id={`${id}-trigger`} aria-haspopup="menu" aria-expanded={open !== undefined}
      aria-controls={open ? id : undefined}
      onClick={(event) => {
        onClick?.(event);
        if (open) close();
        else setOpen('first');
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
        event.preventDefault();
        setOpen(event.key === 'ArrowDown' ? 'first' : 'last');
      }}
    />
  );
}

/** The items; there while the menu is open. */
export function MenuContent(props: Omit<ComponentPropsWithRef<'div'>, 'ref' | 'style' | 'onKeyDown'>) {
  return useMenu().open ? <OpenMenuContent {...props} /> : null;
}

const ITEMS = '[role^="menuitem"]:not([aria-disabled="true"])';

function OpenMenuContent(props: Omit<ComponentPropsWithRef<'div'>, 'ref' | 'style' | 'onKeyDown'>) {
  const { id, open, close, setContent, contentStyle } = useMenu();
  const own = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    own.current?.showPopover?.();
    const items = own.current?.querySelectorAll<HTMLElement>(ITEMS);
    items?.[open === 'last' ? items.length - 1 : 0]?.focus({ preventScroll: true });
  }, [open]);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      if (event.key === 'Escape') event.preventDefault();
      event.stopPropagation();
      close();
    } else moveFocus(event, { items: ITEMS, loop: true });
  };
  const ref = useCallback((node: HTMLDivElement | null) => {
    own.current = node;
    setContent(node);
  }, [setContent]);
  return (
    <div {...props} ref={ref} id={id} role="menu" aria-labelledby={props['aria-label'] ? undefined : `${id}-trigger`} popover="manual" style={contentStyle} onKeyDown={onKeyDown} />
  );
}

/** One choice. Choosing it closes the menu. */
export function MenuItem({ onSelect, disabled, ...props }: Omit<ComponentPropsWithRef<'button'>, 'onSelect' | 'onClick'> & { readonly onSelect: () => void }) {
  const { close } = useMenu();
  return (
    <button
      type="button" role="menuitem" tabIndex={-1} {...props} aria-disabled={disabled || undefined}
      onClick={() => {
        if (disabled) return;
        close();
        onSelect();
      }}
    />
  );
}
