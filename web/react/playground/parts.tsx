/** Each part by itself with a client in memory. Parameters: show (the name of a part), theme, dir, locale. */

import { StrictMode, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { VoiceRecorder } from '../src/voice/VoiceRecorder.js';
import { ChatProvider } from '../src/index.js';
import { Announcer, ComposerTargetScope, useComposerTarget } from '../src/primitives.js';
import { makeItem, makeMessage } from '../src/testing.js';
import { Attachments, ConnectionBanner, ConversationSettings, MessageInput, MessageToasts, NewConversation, NotificationBell, OwnStatus, SearchPanel, TypingIndicator, UserPresence } from '../src/ui.js';
import { files, group, makeClient, pair } from './partsData.js';

import { de } from '../src/de.js';
const parameters = new URLSearchParams(location.search);
const { client, arrive } = makeClient();
Object.assign(globalThis, { client, arrive });

const theme = parameters.get('theme');
if (theme) document.documentElement.dataset['theme'] = theme;
document.documentElement.dir = parameters.get('dir') ?? 'ltr';

const levels = Array.from({ length: 30 }, (_, index) => 20 + 60 * Math.abs(Math.sin(index / 3)));
const recorder = { state: { phase: 'recording', elapsedMs: 7300, levels }, start: async () => undefined, finish: async () => undefined, cancel: () => undefined } as const;
const ignore = () => undefined;

function Targeted({ mode, children }: { readonly mode: 'reply' | 'edit'; readonly children: ReactNode }) {
  const targeting = useComposerTarget();
  const { reply, edit } = targeting;
  useEffect(() => {
    const item = mode === 'edit' ? makeItem(makeMessage(pair, 1, { id: 1, name: 'Clara' }, 'Could you look at the roof?'), 1) : makeItem(makeMessage(pair, 2, { id: 2, name: 'Felix' }, 'Yes, on Thursday.'), 1);
    if (mode === 'edit') edit(item);
    else reply(item);
  }, [mode, reply, edit]);
  return children;
}

const scope = (children: ReactNode) => <ComposerTargetScope>{children}</ComposerTargetScope>;

function Connection() {
  useEffect(() => {
    const status = { state: 'reconnecting', isLost: true, code: 4001, reason: null, attempt: 3, retryInMs: 9000, retryAt: Date.now() + 9000 } as const;
    (client.status as unknown as { set: (next: typeof status) => void }).set(status);
  }, []);
  return <ConnectionBanner conversationId={pair} />;
}

function Dialogs({ which }: { readonly which: 'new' | 'settings' }) {
  const [open, setOpen] = useState(true);
  const jobs = [{ id: '7', title: 'Build a landing page', status: 'open', url: null }];
  return which === 'new'
    ? <NewConversation open={open} onClose={() => setOpen(false)} onCreated={ignore} jobs={jobs} />
    : <ConversationSettings conversationId={group} open={open} onClose={() => setOpen(false)} />;
}

const parts: Readonly<Record<string, () => ReactNode>> = {
  composer: () => scope(<MessageInput conversationId={pair} />),
  reply: () => scope(<Targeted mode="reply"><MessageInput conversationId={pair} /></Targeted>),
  edit: () => scope(<Targeted mode="edit"><MessageInput conversationId={pair} /></Targeted>),
  closed: () => <MessageInput conversationId={pair} state="blocked" />,
  recorder: () => <div className="chat-composer"><VoiceRecorder recorder={recorder} /></div>,
  files: () => (
    <>
      <Attachments attachments={[files.wide]} />
      <Attachments attachments={[files.tall, files.square, files.wide]} />
      <Attachments attachments={[files.voice]} />
      <Attachments attachments={[files.pdf, files.disguised]} />
    </>
  ),
  search: () => <SearchPanel onOpen={ignore} onClose={ignore} />,
  notices: () => (
    <>
      <div className="playground-bar"><NotificationBell onOpen={ignore} /><OwnStatus /></div>
      <MessageToasts onOpen={ignore} />
    </>
  ),
  connection: () => <Connection />,
  presence: () => (
    <>
      {[2, 3, 4].map((id) => <p key={id}><UserPresence userId={id} showLastSeen /></p>)}
      <TypingIndicator conversationId={pair} />
      <TypingIndicator conversationId={group} />
    </>
  ),
  newConversation: () => <Dialogs which="new" />,
  settings: () => <Dialogs which="settings" />,
};

const locale = parameters.get('locale') ?? 'en';
const shown = parts[parameters.get('show') ?? 'composer'];
const root = document.getElementById('root');
if (root && shown) {
  createRoot(root).render(
    <StrictMode>
      <ChatProvider client={client} locale={locale} {...(locale === 'de' && { messages: de })}>
        <Announcer><div className="chat playground-part">{shown()}</div></Announcer>
      </ChatProvider>
    </StrictMode>,
  );
}
