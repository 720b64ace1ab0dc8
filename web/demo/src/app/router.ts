/** Which page is shown: the path, watched. */
import { useSyncExternalStore } from 'react';
import type { MouseEvent } from 'react';

const CHANGED = 'app:path';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** The path without its closing slash. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname.replace(/(.)\/$/, '$1'));
}

/** Goes to a place within the page. */
export function navigate(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, '', path);
  window.dispatchEvent(new Event(CHANGED));
}

/** What a link within the page needs; with a modifier it opens a tab as ever. */
export function linkTo(path: string): { readonly href: string; readonly onClick: (event: MouseEvent) => void } {
  return {
    href: path,
    onClick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      navigate(path);
    },
  };
}
