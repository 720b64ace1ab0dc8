/** What the page around the client tells, where there is one. */

/** Calls `act` when the network or the reader may be back (or the network may be gone), until the returned function is called. */
export function watchPage(act: () => void): () => void {
  if (typeof window === 'undefined') return () => undefined;
  const controller = new AbortController();
  const { signal } = controller;
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') act();
  };
  addEventListener('online', act, { signal });
  addEventListener('offline', act, { signal });
  document.addEventListener('visibilitychange', onVisible, { signal });
  return () => controller.abort();
}
