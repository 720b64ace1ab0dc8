/** Several tabs, one outbox: one of them sends. */

/** What tabs tell each other. */
export type TabMessage =
  | { type: 'changed' }
  | { type: 'stored'; clientId: string; id: string; seq: number; created_at: string }
  | { type: 'who_sends' }
  | { type: 'i_send' };

/** This tab among those of the same person. */
export interface Tabs {
  readonly isOwner: () => boolean;
  tell(message: TabMessage): void;
  /** Becomes the owner although another tab is: where that one does nothing. */
  steal(): void;
  close(): void;
}

/** Takes part. `onOwner` is told when this tab begins to be the one that sends, or ceases. */
export function joinTabs(name: string, shared: boolean, onOwner: () => void, onMessage: (message: TabMessage) => void): Tabs {
  const locks = shared && typeof navigator !== 'undefined' ? navigator.locks : undefined;
  const channel = shared && typeof BroadcastChannel !== 'undefined' ? new BroadcastChannel(name) : null;
  let isOwner = false;
  let isClosed = false;
  let release = (): void => undefined;

  const own = (isMine: boolean): void => {
    isOwner = isMine && !isClosed;
    onOwner();
  };
  const hold = (): Promise<void> =>
    new Promise((resolve) => {
      release = resolve;
      if (isClosed) resolve();
      else own(true);
    });
  const contend = (steal: boolean): void => {
    if (isClosed) return;
    locks?.request(name, { steal }, hold).catch(() => {
      // Stolen: stand in line again.
      own(false);
      contend(false);
    });
  };

  if (channel) channel.onmessage = (event: MessageEvent<TabMessage>) => onMessage(event.data);
  if (locks) contend(false);
  else queueMicrotask(() => own(true));
  return {
    isOwner: () => isOwner,
    tell: (message) => {
      if (!isClosed) channel?.postMessage(message);
    },
    steal: () => contend(true),
    close: () => {
      isClosed = true;
      isOwner = false;
      release();
      channel?.close();
    },
  };
}
