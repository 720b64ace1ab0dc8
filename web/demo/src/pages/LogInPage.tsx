/** The front door: be a demo person with one click, or come with an account of one's own. */
import { useState } from 'react';
import type { DemoPerson, PageConfig } from '../app/config';
import { linkTo } from '../app/router';
import { keep, logIn } from '../app/session';
import { Face } from '../people/Face';
import { OwnAccount } from './OwnAccount';

const ROLES = { client: 'Client', freelancer: 'Freelancer' } as const;

/** Who comes in. */
export function LogInPage({ config }: { readonly config: PageConfig }) {
  const { demoPeople } = config;
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const enterAs = (person: DemoPerson) => {
    setBusy(person.username);
    logIn(person.username, person.password).then(keep, (error: Error) => {
      setProblem(error.message);
      setBusy(null);
    });
  };
  return (
    <main className="door" aria-labelledby="door-title">
      <section className="door__card">
        <img className="door__mark" src="/favicon.svg" alt="" width="44" height="44" />
        <h1 id="door-title">WorkConnect</h1>
        <p className="door__lead">Jobs, and the people behind them, a message away.</p>
        {demoPeople.length > 0 && (
          <>
            <h2 className="door__label">Continue as</h2>
            <ul className="door__people">
              {demoPeople.map((person) => (
                <li key={person.username}>
                  <button type="button" className="person" disabled={busy !== null} onClick={() => enterAs(person)}>
                    <span className="portrait"><Face name={person.name} /></span>
                    <span className="person__text">
                      <strong>{person.name}</strong>
                      <span>{ROLES[person.role]}</span>
                    </span>
                    <span className="person__go" aria-hidden="true">{busy === person.username ? '…' : '→'}</span>
                  </button>
                </li>
              ))}
            </ul>
            <p className="door__hint">
              Tabs can be different people. Or see <a {...linkTo('/demo')}>two of them side by side</a>.
            </p>
          </>
        )}
        {problem && <p className="problem" role="alert">{problem}</p>}
        {config.accounts && <OwnAccount isOpen={demoPeople.length === 0} />}
      </section>
    </main>
  );
}
