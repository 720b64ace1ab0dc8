/** One job, and the way to talk about it. */
import { useState } from 'react';
import { Face } from '../people/Face';
import type { JobOffer } from './data';

/** Props of a card. */
export interface JobCardProps {
  readonly job: JobOffer;
  /** The name of the client. */
  readonly client: string;
  /** Whom a button writes to: the client, or those who bid. */
  readonly contacts: readonly JobContact[];
}

/** Somebody to write to. */
export interface JobContact {
  readonly username: string;
  readonly label: string;
  readonly onMessage: () => Promise<void>;
}

const STATUS = { open: 'Open', in_progress: 'In progress' } as const;

/** A job as a card. */
export function JobCard({ job, client, contacts }: JobCardProps) {
  return (
    <article className="job" aria-labelledby={`job-${job.id}`}>
      <header className="job__top">
        <h2 id={`job-${job.id}`}>{job.title}</h2>
        <span className="tag" data-status={job.status}>{STATUS[job.status]}</span>
      </header>
      <p className="job__who">
        <span className="portrait" data-size="xs"><Face name={client} /></span>
        <span>{client}</span>
        <span aria-hidden="true">·</span>
        <span>{job.posted}</span>
      </p>
      <p className="job__summary">{job.summary}</p>
      <ul className="job__skills">
        {job.skills.map((skill) => <li key={skill} className="chip">{skill}</li>)}
      </ul>
      <footer className="job__bottom">
        <strong className="job__budget">{job.budget}</strong>
        <span className="job__actions">
          {contacts.map((contact) => <ContactButton key={contact.username} contact={contact} />)}
        </span>
      </footer>
    </article>
  );
}

function ContactButton({ contact }: { readonly contact: JobContact }) {
  const [state, setState] = useState<'idle' | 'busy' | 'failed'>('idle');
  const start = () => {
    setState('busy');
    contact.onMessage().catch(() => setState('failed'));
  };
  return (
    <>
      {state === 'failed' && <span className="job__failed" role="alert">That did not work. Try again.</span>}
      <button type="button" className="button" data-variant="primary" disabled={state === 'busy'} onClick={start}>{contact.label}</button>
    </>
  );
}
