/** What the page around the client tells, where there is one. */

/** Calls `act` when the network or the reader may be back (or the network may be gone), until the returned function is called. */
export function watchPage(act: () => void): () => void {
  if (typeof window === 'undefined') return () => undefined;
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') act();
  };
  window.addEventListener('online', act);
  window.addEventListener('offline', act);
  document.addEventListener('visibilitychange', onVisible);
  return () => {
    window.removeEventListener('online', act);
    window.removeEventListener('offline', act);
    document.removeEventListener('visibilitychange', onVisible);
  };
}
