/** One conversation in memory. */

import { ChatError, createStore } from '@workconnect/chat-client';
import type { Conversation, ConversationHandle, Message, MessageItem, ReadPosition, TypingPerson, WritableStore } from '@workconnect/chat-client';
import { createFakePaginator } from './fakePaginator.js';
import { createFakeWindow } from './fakeWindow.js';
import type { FakeWindow } from './fakeWindow.js';
import { makeId, makeItem } from './make.js';

/** A handle, and what a server would do to it. */
export interface FakeConversation extends ConversationHandle {
  readonly messages: FakeWindow;
  readonly row: WritableStore<Conversation | null>;
  readonly people: WritableStore<readonly TypingPerson[]>;
  readonly read: WritableStore<readonly ReadPosition[]>;
  readonly failure: WritableStore<ChatError | null>;
  /** Somebody says something. */
  readonly receive: (message: Message) => void;
  /** Every call that changes something, in order: `['react', id, emoji, on]`. */
  readonly calls: readonly (readonly unknown[])[];
}

/** What a fake conversation begins with. */
export interface FakeConversationOptions {
  readonly conversation: Conversation;
  readonly messages: readonly MessageItem[];
  readonly userId: number;
  /** How sending ends: stored, refused, or not at all. */
  readonly sending: 'stored' | 'refused' | 'offline';
  readonly settle: () => Promise<void>;
  /** Told when the row changes. */
  readonly onChange: (conversation: Conversation) => void;
}

/** Makes a conversation in memory. */
export function createFakeConversation(options: FakeConversationOptions): FakeConversation {
  const { conversation, userId, sending, settle, onChange } = options;
  const messages = createFakeWindow(options.messages, settle);
  const row = createStore<Conversation | null>(conversation);
  const people = createStore<readonly TypingPerson[]>([]);
  const read = createStore<readonly ReadPosition[]>([]);
  const failure = createStore<ChatError | null>(null);
  const calls: unknown[][] = [];
  let sent = 0;
  const note = (...call: unknown[]) => {
    calls.push(call);
    return Promise.resolve();
  };
  const update = (changes: Partial<Conversation>) => {
    const next = { ...(row.get() ?? conversation), ...changes };
    row.set(next);
    onChange(next);
    return next;
  };
  const changeItem = (match: (item: MessageItem) => boolean, change: (item: MessageItem) => MessageItem) => {
    messages.change((all) => all.map((item) => match(item) ? change(item) : item));
  };
  const changeMessage = (id: string, change: (item: MessageItem['message']) => Partial<Message>) => {
    changeItem(({ message }) => message.id === id, (item) => ({ ...item, message: { ...item.message, ...change(item.message) } }));
  };
  const nextSeq = () => Math.max(0, ...messages.all().map(({ message }) => message.seq ?? 0)) + 1;
  const receive = (message: Message) => {
    messages.change((all) => [...all, makeItem(message, userId)]);
    update({ last_message: message, last_seq: message.seq, updated_at: message.created_at, unread_count: (row.get()?.unread_count ?? 0) + (message.sender?.id === userId ? 0 : 1) });
  };
  return {
    id: conversation.id,
    conversation: row,
    row,
    people,
    read,
    failure,
    calls,
    error: failure,
    messages,
    typing: { get: people.get, subscribe: people.subscribe, keystroke: () => void note('keystroke'), stop: () => void note('stop') },
    readState: read,
    participants: createFakePaginator(() => row.get()?.participants ?? []),
    receive,
    open() {
      messages.open();
      return () => undefined;
    },
    send(outgoing) {
      sent += 1;
      const clientId = `fake-${sent}`;
      const me = conversation.participants.find(({ id }) => id === userId);
      const message = {
        id: null, seq: null, conversation_id: conversation.id, content: outgoing.content, message_type: outgoing.messageType ?? 'text',
        sender: { id: userId, name: me?.name ?? 'Me', avatar_url: null, role: 'client' }, attachments: [...outgoing.attachments ?? []],
        reply_to: outgoing.replyTo ?? null, reactions: [], client_id: clientId, created_at: new Date().toISOString(), edited_at: null, deleted_at: null,
      } as const;
      void note('send', outgoing);
      messages.change((all) => [...all, { key: clientId, message: { ...message, attachments: [...message.attachments], reactions: [] }, isMine: true, delivery: sending === 'offline' ? 'queued' : 'sending', readBy: [], error: null }]);
      const stored = settle().then(() => {
        if (sending === 'offline') return new Promise<never>(() => undefined);
        if (sending === 'refused') {
          const error = new ChatError('blocked', 'You cannot write to each other.');
          changeItem(({ key }) => key === clientId, (item) => ({ ...item, delivery: 'failed', error }));
          throw error;
        }
        const seq = nextSeq();
        const id = makeId(1_000_000 + seq);
        changeItem(({ key }) => key === clientId, (item) => ({ ...item, delivery: 'sent', message: { ...item.message, id, seq } }));
        return { id, seq, createdAt: message.created_at };
      });
      stored.catch(() => undefined);
      return { clientId, stored };
    },
    retry(clientId) {
      changeItem(({ key }) => key === clientId, (item) => ({ ...item, delivery: 'sending', error: null }));
      return note('retry', clientId);
    },
    async cancel(clientId) {
      messages.change((all) => all.filter(({ key }) => key !== clientId));
      await note('cancel', clientId);
      return true;
    },
    edit(id, content) {
      changeMessage(id, () => ({ content, edited_at: new Date().toISOString() }));
      return note('edit', id, content);
    },
    remove(id) {
      changeMessage(id, () => ({ content: '', reactions: [], attachments: [], deleted_at: new Date().toISOString() }));
      return note('remove', id);
    },
    react(id, emoji, on = true) {
      changeMessage(id, ({ reactions }) => ({ reactions: toggled(reactions, emoji, on) }));
      return note('react', id, emoji, on);
    },
    markRead(upToSeq) {
      update({ unread_count: 0 });
      void note('markRead', upToSeq);
    },
    async report(id, reason) {
      await note('report', id, reason);
      return { id: makeId(9), message_id: id, reason, created_at: new Date().toISOString() };
    },
    update: (changes) => note('update', changes).then(() => update(changes as Partial<Conversation>)),
    mute: (muted) => note('mute', muted).then(() => void update({ muted })),
    archive: (archived) => note('archive', archived).then(() => void update({ archived })),
    delete: () => note('delete'),
    leave: () => note('leave'),
    addParticipants: (ids, role) => note('addParticipants', ids, role),
    removeParticipant: (id) => note('removeParticipant', id),
    changeRole: (id, role) => note('changeRole', id, role),
  };
}

function toggled(reactions: Message['reactions'], emoji: string, on: boolean): Message['reactions'] {
  const others = reactions.filter((reaction) => reaction.emoji !== emoji);
  const count = (reactions.find((reaction) => reaction.emoji === emoji)?.count ?? 0) + (on ? 1 : -1);
  return count > 0 ? [...others, { emoji, count, me: on }] : others;
}
