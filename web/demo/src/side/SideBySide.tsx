/** Two people in one page, each with a line of their own that can be cut: to see what the outbox and `resume` do. */
import { useEffect, useState } from 'react';
import type { DemoPerson, PageConfig } from '../app/config';
import { linkTo } from '../app/router';
import { logIn } from '../app/session';
import type { Session } from '../app/session';
import { PreferenceButtons } from '../shell/PreferenceButtons';
import { Side } from './Side';
import { Stopwatch } from './stopwatch';

interface Pair {
  readonly sessions: readonly [Session, Session];
  readonly conversationId: string;
}

/** The page `/demo`. */
export function SideBySide({ config }: { readonly config: PageConfig }) {
  const [pair, setPair] = useState<Pair | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [stopwatch] = useState(() => new Stopwatch());
  useEffect(() => {
    let isGone = false;
    makePair(config.demoPeople).then(
      (made) => !isGone && setPair(made),
      (error: Error) => !isGone && setProblem(error.message),
    );
    return () => {
      isGone = true;
    };
  }, [config]);
  return (
    <div className="sides">
      <header className="sides__top">
        <a className="brand" {...linkTo('/')}><img src="/favicon.svg" alt="" width="28" height="28" /><span>WorkConnect</span></a>
        <p>Two people, two connections. Cut one, write on both sides, mend it.</p>
        <div className="shell__tools"><PreferenceButtons /></div>
      </header>
      <main className="sides__both" aria-labelledby="sides-title">
        <h1 id="sides-title" className="sr-only">Two people side by side</h1>
        {problem && <p className="problem" role="alert">{problem}</p>}
        {!pair && !problem && <p className="sides__wait" role="status">Logging two people in …</p>}
        {pair?.sessions.map((session) => (
          <Side key={session.id} config={config} session={session} conversationId={pair.conversationId} stopwatch={stopwatch} />
        ))}
      </main>
    </div>
  );
}

/** Logs the first two demo people in and brings their direct conversation. */
async function makePair(people: readonly DemoPerson[]): Promise<Pair> {
  const [first, second] = people;
  if (!first || !second) throw new Error('There are no demo people here: the operator has not turned the demonstration on.');
  const sessions = await Promise.all([logIn(first.username, first.password), logIn(second.username, second.password)]);
  const response = await fetch('/api/chat/conversations/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${sessions[0].access}` },
    body: JSON.stringify({ participant_ids: [sessions[1].id] }),
  });
  if (!response.ok) throw new Error('Their conversation could not be opened.');
  const { id } = (await response.json()) as { id: string };
  return { sessions, conversationId: id };
}
