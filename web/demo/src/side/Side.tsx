/** One of two people: name, connection, the switch that cuts it, times, and the conversation. */
import { useConnection, useStore, useUnreadCount } from '@workconnect/chat-react';
import { ChatWindow } from '@workconnect/chat-react/ui';
import { useState } from 'react';
import type { PageConfig } from '../app/config';
import type { Session } from '../app/session';
import { Line } from '../chat/line';
import { OwnChat } from '../chat/OwnChat';
import { Face } from '../people/Face';
import { Glyph } from '../shell/Glyph';
import type { Stopwatch, Timing } from './stopwatch';

/** Props of a side. */
export interface SideProps {
  readonly config: PageConfig;
  readonly session: Session;
  readonly conversationId: string;
  readonly stopwatch: Stopwatch;
}

/** A person with a client of their own. */
export function Side({ config, session, conversationId, stopwatch }: SideProps) {
  const [line] = useState(() => new Line(stopwatch.watcher(session.id)));
  const timing = useStore(stopwatch.timing(session.id));
  return (
    <section className="side" aria-label={`Side of ${session.name}`}>
      <OwnChat config={config} session={session} onSession={ignore} line={line}>
        <header className="side__head">
          <span className="portrait" data-size="sm"><Face name={session.name} /></span>
          <h2>{session.name}</h2>
          <State />
          <CutSwitch line={line} name={session.name} />
        </header>
        <Times timing={timing} />
        <div className="side__chat"><ChatWindow conversationId={conversationId} /></div>
      </OwnChat>
    </section>
  );
}

/** Tokens outlive the page; nobody else needs to hear of new ones. */
function ignore(): void {
  return undefined;
}

const STATES = {
  idle: 'Not connected', connecting: 'Connecting', connected: 'Connected', reconnecting: 'Reconnecting', disconnected: 'Disconnected',
} as const;

function State() {
  const { state } = useConnection();
  const unread = useUnreadCount();
  return (
    <span className="side__state" data-state={state} role="status">
      <span className="side__word">{STATES[state]}</span>
      {unread > 0 && <span className="count">{unread}</span>}
    </span>
  );
}

function CutSwitch({ line, name }: { readonly line: Line; readonly name: string }) {
  const isCut = useStore(line.isCut);
  const { reconnectNow } = useConnection();
  const turn = () => {
    line.cut(!isCut);
    // As a browser says that it is online again.
    if (isCut) reconnectNow();
  };
  return (
    <button type="button" role="switch" aria-checked={!isCut} aria-label={`Network of ${name}`} className="cut" onClick={turn}>
      <Glyph name={isCut ? 'cut' : 'wifi'} />
      <span>{isCut ? 'Mend' : 'Cut network'}</span>
    </button>
  );
}

function Times({ timing }: { readonly timing: Timing }) {
  return (
    <dl className="side__times">
      <div><dt>stored after</dt><dd>{inMs(timing.storedMs)}</dd></div>
      <div><dt>seen by the other after</dt><dd>{inMs(timing.arrivedMs)}</dd></div>
    </dl>
  );
}

function inMs(value: number | null): string {
  return value === null ? '–' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
