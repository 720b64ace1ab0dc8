/** The marketplace: jobs, each with a button that begins a conversation about it. */
import { useChatClient } from '@workconnect/chat-react';
import type { DemoPerson, PageConfig } from '../app/config';
import { navigate } from '../app/router';
import type { Session } from '../app/session';
import { JOBS } from '../jobs/data';
import type { JobOffer } from '../jobs/data';
import { JobCard } from '../jobs/JobCard';
import type { JobContact } from '../jobs/JobCard';
import { idOf } from '../jobs/people';

/** All jobs. */
export function JobsPage({ config, session }: { readonly config: PageConfig; readonly session: Session }) {
  const client = useChatClient();
  const personOf = (username: string) => config.demoPeople.find((person) => person.username === username);

  const message = async (job: JobOffer, person: DemoPerson) => {
    const conversation = await client.conversations.create({
      participant_ids: [await idOf(person)],
      kind: 'job',
      title: job.title,
      job: { id: job.id, title: job.title, status: job.status },
    });
    navigate(`/inbox/${conversation.id}`);
  };
  const contactsOf = (job: JobOffer): JobContact[] => {
    const isOwn = job.by === session.username;
    const usernames = isOwn ? job.bids.map((bid) => bid.by) : [job.by];
    return usernames.flatMap((username) => {
      const person = personOf(username);
      if (!person) return [];
      const label = isOwn ? `Message ${firstName(person.name)}` : 'Message the client';
      return [{ username, label, onMessage: () => message(job, person) }];
    });
  };
  return (
    <main className="page" aria-labelledby="jobs-title">
      <header className="page__head">
        <h1 id="jobs-title">Jobs</h1>
        <p>Every job has somebody behind it. Ask before you bid.</p>
      </header>
      <div className="jobs">
        {JOBS.map((job) => (
          <JobCard key={job.id} job={job} client={personOf(job.by)?.name ?? 'Client'} contacts={contactsOf(job)} />
        ))}
      </div>
    </main>
  );
}

function firstName(name: string): string {
  return name.split(' ')[0] ?? name;
}
