/** What is loaded once the connection stands, or when it is first asked for. */
import { ChatError } from './errors.js';

type Later = typeof import('./later.js');

let loading: Promise<Later> | undefined;
let loaded: Later | undefined;
let waiting = 0;

/** The rest of the client. It is asked for again if it did not come. */
export function later(): Promise<Later> {
  loading ??= import('./later.js').then(
    (parts) => (loaded = parts),
    (cause: unknown) => {
      loading = undefined;
      throw new ChatError('network', 'Not loaded.', { cause });
    },
  );
  return loading;
}

/** Acts at once if it is there, otherwise as soon as it is: in the order of the calls. */
export function withLater(act: (parts: Later) => void, failed: (error: ChatError) => void = () => undefined): void {
  if (loaded && waiting === 0) return act(loaded);
  waiting += 1;
  const come = <T>(next: (value: T) => void) => (value: T): void => {
    waiting -= 1;
    next(value);
  };
  void later().then(come(act), come(failed));
}
