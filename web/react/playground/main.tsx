/** The components with a client in memory. Parameters: theme, dir, locale, open (a number), count, sending. */

import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ChatProvider } from '../src/index.js';
import { createFakeClient, makeId, makeMessage } from '../src/testing.js';
import { de } from '../src/de.js';
import { ChatInbox } from '../src/ui.js';
import { allMessages, conversations } from './data.js';

const parameters = new URLSearchParams(location.search);
const count = Number(parameters.get('count') ?? 300);
const messages = allMessages(count);
const sending = parameters.get('sending');
const client = createFakeClient({
  conversations: conversations(messages, count),
  messages,
  presence: [{ user_id: 2, is_online: true, last_seen: null, status: 'online' }, { user_id: 6, is_online: true, last_seen: null, status: 'online' }],
  sending: sending === 'refused' || sending === 'offline' ? sending : 'stored',
  settle: () => new Promise((resolve) => setTimeout(resolve, Number(parameters.get('delay') ?? 60))),
});
Object.assign(globalThis, { client, makeMessage, makeId });

const theme = parameters.get('theme');
if (theme) document.documentElement.dataset['theme'] = theme;
document.documentElement.dir = parameters.get('dir') ?? 'ltr';

function Page() {
  const first = parameters.get('open');
  const [open, setOpen] = useState(first ? makeId(Number(first)) : null);
  return <ChatInbox selectedId={open} onSelect={setOpen} />;
}

const locale = parameters.get('locale') ?? 'en';
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ChatProvider client={client} locale={locale} {...(locale === 'de' && { messages: de })}><Page /></ChatProvider>
    </StrictMode>,
  );
}
