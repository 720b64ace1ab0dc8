/** All conversations, the one that is open, and the search in all of them beside it. */
import type { FoundMessage } from '@workconnect/chat-client';
import { useChatClient } from '@workconnect/chat-react';
import { ChatInbox, Icon, NewConversation, SearchPanel } from '@workconnect/chat-react/ui';
import { useState } from 'react';
import { navigate } from '../app/router';
import { JOBS } from '../jobs/data';

const JOB_CHOICES = JOBS.map(({ id, title, status }) => ({ id, title, status }));

/** The inbox; which conversation is open stands in the address. */
export function InboxPage({ conversationId }: { readonly conversationId: string | undefined }) {
  const client = useChatClient();
  const [isSearching, setIsSearching] = useState(false);
  const [isNew, setIsNew] = useState(false);
  const show = (id: string | null) => navigate(id ? `/inbox/${id}` : '/inbox');
  const showMessage = (found: FoundMessage) => {
    show(found.conversation_id);
    const handle = client.conversation(found.conversation_id);
    const letGo = handle.open();
    // What is not there any more is not shown; the page holds the conversation by then.
    handle.messages.jumpTo(found.id).catch(() => undefined).finally(letGo);
    // Otherwise it would cover what was found.
    if (!window.matchMedia('(min-width: 84rem)').matches) setIsSearching(false);
  };
  const actions = (
    <span className="inbox-page__actions">
      <ListButton icon="search" label="Search in all messages" onClick={() => setIsSearching(true)} />
      <ListButton icon="plus" label="New conversation" onClick={() => setIsNew(true)} />
    </span>
  );
  return (
    <main className="inbox-page" aria-labelledby="inbox-title">
      <h1 id="inbox-title" className="sr-only">Inbox</h1>
      <ChatInbox selectedId={conversationId ?? null} onSelect={show} actions={actions} />
      {isSearching && (
        <aside className="inbox-page__search" aria-label="Search">
          <SearchPanel onOpen={showMessage} onClose={() => setIsSearching(false)} />
        </aside>
      )}
      <NewConversation
        open={isNew} jobs={JOB_CHOICES} onClose={() => setIsNew(false)}
        onCreated={(made) => {
          setIsNew(false);
          show(made.id);
        }}
      />
    </main>
  );
}

interface ListButtonProps {
  readonly icon: 'search' | 'plus';
  readonly label: string;
  readonly onClick: () => void;
}

function ListButton({ icon, label, onClick }: ListButtonProps) {
  return <button type="button" className="chat-icon-button" aria-label={label} title={label} onClick={onClick}><Icon name={icon} /></button>;
}
