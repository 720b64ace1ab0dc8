/** The first page after logging in: what is new, who is here, where to go. */
import { useChatClient, useConversations, usePresence, useUnreadCount, useUserId } from '@workconnect/chat-react';
import type { Conversation } from '@workconnect/chat-client';
import { linkTo } from '../app/router';
import type { Session } from '../app/session';
import { JOBS } from '../jobs/data';
import { Face } from '../people/Face';

/** The overview. */
export function DashboardPage({ session }: { readonly session: Session }) {
  const unread = useUnreadCount();
  const { items, isLoading } = useConversations();
  const me = useUserId();
  const others = peopleOf(items, me);
  const presence = usePresence(others.map((person) => person.id));
  const here = others.filter((person) => presence.get(person.id)?.is_online);
  return (
    <main className="page" aria-labelledby="overview-title">
      <header className="page__head">
        <h1 id="overview-title">Hello, {session.name.split(' ')[0]}</h1>
        <p>{unread === 0 ? 'You have read everything.' : `${unread} unread ${unread === 1 ? 'message waits' : 'messages wait'} for you.`}</p>
      </header>
      <div className="stats">
        <Stat label="Unread messages" value={unread} to="/inbox" />
        <Stat label="Conversations" value={items.length} to="/inbox" />
        <Stat label="People online" value={here.length} to="/inbox" />
        <Stat label="Open jobs" value={JOBS.filter((job) => job.status === 'open').length} to="/jobs" />
      </div>
      <section className="panel" aria-labelledby="recent-title">
        <header className="panel__head"><h2 id="recent-title">Recent conversations</h2><a {...linkTo('/inbox')}>Open inbox</a></header>
        {items.length === 0 && <p className="panel__empty">{isLoading ? 'Loading …' : 'None yet. Jobs are a good beginning.'}</p>}
        <ul className="recent">
          {items.slice(0, 5).map((conversation) => <Recent key={conversation.id} conversation={conversation} me={me} />)}
        </ul>
      </section>
      <section className="panel" aria-labelledby="here-title">
        <header className="panel__head"><h2 id="here-title">Online now</h2></header>
        {here.length === 0 && <p className="panel__empty">Nobody else at the moment. Open a second tab and be somebody else.</p>}
        <ul className="here">
          {here.map((person) => (
            <li key={person.id}>
              <span className="portrait" data-size="sm"><Face name={person.name} /><span className="portrait__online" /></span>
              {person.name}
            </li>
          ))}
        </ul>
      </section>
    </main>
  );
}

function Stat({ label, value, to }: { readonly label: string; readonly value: number; readonly to: string }) {
  return <a className="stat" {...linkTo(to)}><strong>{value}</strong><span>{label}</span></a>;
}

function Recent({ conversation, me }: { readonly conversation: Conversation; readonly me: number | null }) {
  const client = useChatClient();
  const unread = useUnreadCount(conversation.id);
  const title = client.titleOf(conversation);
  const last = conversation.last_message;
  const face = conversation.participants.find((person) => person.id !== me)?.name ?? title;
  return (
    <li>
      <a className="recent__row" {...linkTo(`/inbox/${conversation.id}`)}>
        <span className="portrait" data-size="sm"><Face name={face} /></span>
        <span className="recent__text">
          <strong dir="auto">{title}</strong>
          <span dir="auto">{last ? last.content || 'An attachment' : 'No messages yet'}</span>
        </span>
        {unread > 0 && <span className="count"><span aria-hidden="true">{unread}</span><span className="sr-only">{unread} unread</span></span>}
      </a>
    </li>
  );
}

interface Known {
  readonly id: number;
  readonly name: string;
}

/** Everybody else in these conversations, once each. */
function peopleOf(conversations: readonly Conversation[], me: number | null): Known[] {
  const known = new Map<number, Known>();
  for (const { participants } of conversations) {
    for (const { id, name } of participants) if (id !== me) known.set(id, { id, name });
  }
  return [...known.values()];
}
