/** An open menu: its place by floating-ui, its keys, and how it closes. Loaded with the first menu that opens. */

import { useEffect, useLayoutEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { useMenu } from './menuState.js';
import type { MenuContentProps } from './menuState.js';
import { moveFocus } from './roving.js';
import { useAnchored, useDismiss } from './useAnchored.js';

const ITEMS = '[role^="menuitem"]:not([aria-disabled="true"])';

/** The items of an open menu. */
export function MenuPanel(props: MenuContentProps) {
  const { id, open, placement, trigger, setOpen, close } = useMenu();
  const own = useRef<HTMLDivElement>(null);
  const style = useAnchored(trigger, own, placement);
  useDismiss(trigger, own, () => setOpen(undefined));
  useLayoutEffect(() => {
    own.current?.showPopover?.();
  }, []);
  useEffect(() => {
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
  return (
    <div {...props} ref={own} id={id} role="menu" aria-labelledby={props['aria-label'] ? undefined : `${id}-trigger`} popover="manual" style={style} onKeyDown={onKeyDown} />
  );
}
