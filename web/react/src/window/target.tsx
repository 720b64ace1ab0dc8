/** What the input of a conversation is about: a new message, an answer to one, or another text for one. */

import type { MessageItem } from '@workconnect/chat-client';
import { createContext, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';

/** A message that is answered or edited. */
export interface ComposerTarget {
  readonly mode: 'reply' | 'edit';
  readonly item: MessageItem;
}

/** The target and how to change it. */
export interface ComposerTargeting {
  /** Null for a message that is about none. */
  readonly target: ComposerTarget | null;
  readonly reply: (item: MessageItem) => void;
  readonly edit: (item: MessageItem) => void;
  readonly clear: () => void;
}

const NOWHERE: ComposerTargeting = { target: null, reply: () => undefined, edit: () => undefined, clear: () => undefined };
const TargetContext = createContext(NOWHERE);

/** Connects messages with the input below them. `ChatWindow` brings one; give it the conversation as `key`. */
export function ComposerTargetScope({ children }: { readonly children: ReactNode }) {
  const [target, setTarget] = useState<ComposerTarget | null>(null);
  const targeting = useMemo<ComposerTargeting>(() => ({
    target,
    reply: (item) => setTarget({ mode: 'reply', item }),
    edit: (item) => setTarget({ mode: 'edit', item }),
    clear: () => setTarget(null),
  }), [target]);
  return <TargetContext.Provider value={targeting}>{children}</TargetContext.Provider>;
}

/** What the input is about. Outside of a window: always a new message. */
export function useComposerTarget(): ComposerTargeting {
  return useContext(TargetContext);
}
