/** A menu at a button: keys, focus and dismissal as the ARIA practices have them. No styles. */

import { useCallback, useId, useMemo, useState } from 'react';
import type { ComponentPropsWithRef, ReactNode } from 'react';
import { later } from './later.js';
import { MenuContext, useMenu } from './menuState.js';
import type { MenuContentProps, MenuPlacement, MenuSide, MenuState } from './menuState.js';

/** Props of a menu. */
export interface MenuProps {
  readonly children: ReactNode;
  readonly placement?: MenuPlacement;
  /** Told when the menu opens and closes. */
  readonly onOpenChange?: (open: boolean) => void;
}

/** Holds a `MenuTrigger` and a `MenuContent`. */
export function Menu({ children, placement = 'bottom-end', onOpenChange }: MenuProps) {
  const id = useId();
  const [open, setSide] = useState<MenuSide>();
  const [trigger, setTrigger] = useState<HTMLElement | null>(null);
  const setOpen = useCallback((side: MenuSide | undefined) => {
    setSide(side);
    onOpenChange?.(side !== undefined);
  }, [onOpenChange]);
  const close = useCallback(() => {
    trigger?.focus();
    setOpen(undefined);
  }, [trigger, setOpen]);
  const state = useMemo<MenuState>(() => ({ id, open, placement, trigger, setOpen, setTrigger, close }), [id, open, placement, trigger, setOpen, close]);
  return <MenuContext.Provider value={state}>{children}</MenuContext.Provider>;
}

/** The button that opens the menu. */
export function MenuTrigger({ onClick, ...props }: Omit<ComponentPropsWithRef<'button'>, 'ref'>) {
  const { id, open, setOpen, close, setTrigger } = useMenu();
  return (
    <button
      type="button" {...props} ref={setTrigger} id={`${id}-trigger`} aria-haspopup="menu" aria-expanded={open !== undefined}
      aria-controls={open ? id : undefined} onPointerEnter={() => void MenuPanel.preload()} onFocus={() => void MenuPanel.preload()}
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

const MenuPanel = later(async () => (await import('./MenuPanel.js')).MenuPanel);

/** The items; there while the menu is open. */
export function MenuContent(props: MenuContentProps) {
  return useMenu().open ? <MenuPanel {...props} /> : null;
}

/** Props of a choice. */
export type MenuItemProps = Omit<ComponentPropsWithRef<'button'>, 'onSelect' | 'onClick'> & { readonly onSelect: () => void };

/** One choice. Choosing it closes the menu. */
export function MenuItem({ onSelect, disabled, ...props }: MenuItemProps) {
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
