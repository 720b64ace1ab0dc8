/** Panels beside a button: their place, by floating-ui, and how they are dismissed. */

import { autoUpdate, flip, offset, shift, useFloating } from '@floating-ui/react-dom';
import { useEffect, useLayoutEffect, useRef } from 'react';
import type { CSSProperties, RefObject } from 'react';
import type { MenuPlacement } from './menuState.js';

const MARGIN_PX = 8;
const GAP_PX = 4;

/** The style that puts a panel beside `anchor`, where there is room. */
export function useAnchored(anchor: HTMLElement | null, panel: RefObject<HTMLElement | null>, placement: MenuPlacement): CSSProperties {
  const { refs, floatingStyles } = useFloating({
    elements: { reference: anchor }, placement, strategy: 'fixed', whileElementsMounted: autoUpdate,
    middleware: [offset(GAP_PX), flip({ padding: MARGIN_PX }), shift({ padding: MARGIN_PX })],
  });
  const { setFloating } = refs;
  useLayoutEffect(() => {
    setFloating(panel.current);
    return () => setFloating(null);
  }, [setFloating, panel]);
  return floatingStyles;
}

/** Calls `dismiss` at a press outside of both. */
export function useDismiss(anchor: HTMLElement | null, panel: RefObject<HTMLElement | null>, dismiss: () => void): void {
  const latest = useRef(dismiss);
  useEffect(() => {
    latest.current = dismiss;
  });
  useEffect(() => {
    const check = (event: PointerEvent) => {
      const isInside = [anchor, panel.current].some((element) => event.target instanceof Node && element?.contains(event.target));
      if (!isInside) latest.current();
    };
    document.addEventListener('pointerdown', check);
    return () => document.removeEventListener('pointerdown', check);
  }, [anchor, panel]);
}
