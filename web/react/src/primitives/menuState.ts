/** What the parts of a menu share. */

import { createContext, useContext } from 'react';
import type { ComponentPropsWithRef } from 'react';

/** Where the focus goes when the menu opens. */
export type MenuSide = 'first' | 'last';

/** Where the menu stands beside its button. */
export type MenuPlacement = 'bottom-start' | 'bottom-end' | 'top-start' | 'top-end';

/** A menu. */
export interface MenuState {
  readonly id: string;
  readonly open: MenuSide | undefined;
  readonly placement: MenuPlacement;
  readonly trigger: HTMLElement | null;
  readonly setOpen: (open: MenuSide | undefined) => void;
  readonly setTrigger: (node: HTMLElement | null) => void;
  /** Closes, and gives the focus back to the button. */
  readonly close: () => void;
}

/** The menu around a part of it. */
export const MenuContext = createContext<MenuState | undefined>(undefined);

/** The menu around a part of it. */
export function useMenu(): MenuState {
  const menu = useContext(MenuContext);
  if (!menu) throw new Error('Parts of a menu stand in a <Menu>');
  return menu;
}

/** Props of the items' container. */
export type MenuContentProps = Omit<ComponentPropsWithRef<'div'>, 'ref' | 'style' | 'onKeyDown'>;
