/** Replacing parts of the styled components, from anywhere above them. */

import { createContext, useContext, useMemo } from 'react';
import type { ReactNode } from 'react';
import type { ChatSlots } from './props.js';

const SlotsContext = createContext<Partial<ChatSlots>>({});

/** Puts other parts into the components below; what is not named stays. */
export function SlotsScope({ components, children }: { readonly components?: Partial<ChatSlots> | undefined; readonly children: ReactNode }) {
  const outer = useContext(SlotsContext);
  const slots = useMemo(() => ({ ...outer, ...components }), [outer, components]);
  return components ? <SlotsContext.Provider value={slots}>{children}</SlotsContext.Provider> : <>{children}</>;
}

/** The part that fills a slot: the one that was put in, or `own`. */
export function useSlot<Name extends keyof ChatSlots>(name: Name, own: ChatSlots[Name]): ChatSlots[Name] {
  return useContext(SlotsContext)[name] ?? own;
}
