/** Parts that are loaded when they are first needed, or when the page has nothing else to do; offline they just do not appear. */

import { useEffect, useState } from 'react';
import type { ComponentType } from 'react';

/** A part that may not be there yet. */
export type LaterComponent<Props> = ComponentType<Props> & { readonly preload: () => Promise<void> };

const waiting = new Set<() => Promise<void>>();

/** A component whose code comes later. Until then, and as long as it cannot be had, `Meanwhile` stands for it. `onDemand`: not before it is needed. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>, Meanwhile: ComponentType<Props> = Nothing, onDemand = false): LaterComponent<Props> {
  let Loaded: ComponentType<Props> | undefined;
  const preload = async () => {
    // Who still needs it asks again.
    Loaded ??= await load().catch(() => undefined);
    if (Loaded) waiting.delete(preload);
  };
  function Later(props: Props) {
    const [isThere, setIsThere] = useState(Loaded !== undefined);
    useEffect(() => {
      if (!isThere) void preload().then(() => setIsThere(Loaded !== undefined));
    }, [isThere]);
    const Part = Loaded ?? Meanwhile;
    return <Part {...props} />;
  }
  if (!onDemand) waiting.add(preload);
  return Object.assign(Later, { preload });
}

function Nothing() {
  return null;
}

/** Loads what is not there yet once the page is idle. */
export function usePreload(): void {
  useEffect(() => {
    const load = () => waiting.forEach((preload) => void preload());
    if (typeof requestIdleCallback === 'undefined') {
      const timer = setTimeout(load, 2_000);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(load);
    return () => cancelIdleCallback(idle);
  }, []);
}
