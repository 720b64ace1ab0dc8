/** The one place from which news is read out: live regions apart from what scrolls, so that moving rows are not read again. */

import { createContext, useCallback, useContext, useMemo, useState } from 'react';
import type { ReactNode } from 'react';

/** Has a text read out: `polite` when the reader pauses, `assertive` at once. */
export type Announce = (text: string, urgency?: 'polite' | 'assertive') => void;

interface Spoken {
  readonly text: string;
  readonly turn: number;
}

const AnnounceContext = createContext<Announce | undefined>(undefined);
const SILENT: Spoken = { text: '', turn: 0 };
const IGNORE: Announce = () => undefined;

/** Where texts are read out. Inside another announcer it adds nothing. */
export function Announcer({ children }: { readonly children: ReactNode }) {
  const outer = useContext(AnnounceContext);
  return outer ? <>{children}</> : <AnnouncerOutlet>{children}</AnnouncerOutlet>;
}

function AnnouncerOutlet({ children }: { readonly children: ReactNode }) {
  const [polite, setPolite] = useState(SILENT);
  const [assertive, setAssertive] = useState(SILENT);
  const announce = useCallback<Announce>((text, urgency = 'polite') => {
    const speak = urgency === 'polite' ? setPolite : setAssertive;
    speak((last) => ({ text, turn: last.turn + 1 }));
  }, []);
  const outlets = useMemo(() => ([['polite', polite], ['assertive', assertive]] as const), [polite, assertive]);
  return (
    <AnnounceContext.Provider value={announce}>
      {children}
      {outlets.map(([urgency, spoken]) => (
        <div key={urgency} className="chat-sr-only" aria-live={urgency} aria-atomic="true" data-chat-announcer={urgency}>
          <span key={spoken.turn}>{spoken.text}</span>
        </div>
      ))}
    </AnnounceContext.Provider>
  );
}

/** The function that has texts read out; silent outside of an `Announcer`. */
export function useAnnounce(): Announce {
  return useContext(AnnounceContext) ?? IGNORE;
}
