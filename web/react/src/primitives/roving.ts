/** Moving between the items of a list or menu by arrow keys, Home and End. */

import type { KeyboardEvent } from 'react';

/** Which keys move, and among what. */
export interface RovingOptions {
  /** CSS selector of the items in the container. */
  readonly items: string;
  readonly orientation?: 'vertical' | 'horizontal';
  /** Whether the end leads to the beginning. */
  readonly loop?: boolean;
}

/** Moves the focus in `event.currentTarget` if the key says so, and tells whether it did. */
export function moveFocus(event: KeyboardEvent<HTMLElement>, options: RovingOptions): boolean {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>(options.items)];
  const current = items.findIndex((item) => item.contains(document.activeElement));
  const next = nextIndex(event, current, items.length, options);
  const item = next === undefined ? undefined : items[next];
  if (!item) return false;
  event.preventDefault();
  item.focus();
  item.scrollIntoView?.({ block: 'nearest' });
  return true;
}

function nextIndex(event: KeyboardEvent<HTMLElement>, current: number, count: number, { orientation = 'vertical', loop }: RovingOptions): number | undefined {
  if (event.key === 'Home') return 0;
  if (event.key === 'End') return count - 1;
  const step = stepOf(event, orientation);
  if (step === 0) return undefined;
  if (current < 0) return step > 0 ? 0 : count - 1;
  return loop ? (current + step + count) % count : Math.min(Math.max(current + step, 0), count - 1);
}

function stepOf(event: KeyboardEvent<HTMLElement>, orientation: 'vertical' | 'horizontal'): number {
  if (orientation === 'vertical') return event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const ahead = getComputedStyle(event.currentTarget).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
  if (event.key === ahead) return 1;
  return event.key === 'ArrowLeft' || event.key === 'ArrowRight' ? -1 : 0;
}
