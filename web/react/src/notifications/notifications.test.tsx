import type { Conversation, Message } from '@workconnect/chat-client';
import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import { makeConversation, makeId, makeMessage, makeParticipant } from '../testing.js';
import { MessageToasts } from './MessageToasts.js';
import { NotificationBell } from './NotificationBell.js';
import { isToldOf, MAX_TOASTS, withToast } from './toasts.js';
import type { Toast } from './toasts.js';

const felix = { id: 2, name: 'Felix Freelancer' };
const people = [makeParticipant(1, 'Clara Client'), makeParticipant(2, 'Felix Freelancer')];
const unread = (number: number, more: Partial<Conversation> = {}) => makeConversation(number, { participants: people, unread_count: 3, last_message: makeMessage(makeId(number), 5, felix, 'On Thursday?'), ...more });

describe('the bell', () => {
  it('tells how much is unread, and opens what is unread', async () => {
    const { client } = partsClient({ conversations: [unread(1), unread(2, { title: 'Roof', unread_count: 120 }), unread(3, { title: 'Nothing new', unread_count: 0 })] });
    const onOpen = vi.fn();
    const { container } = renderPart(<NotificationBell onOpen={onOpen} />, client);
    const bell = screen.getByRole('button', { name: 'Notifications, 123 unread messages' });
    expect(bell).toHaveTextContent('99+');
    await userEvent.click(bell);
    expect(await screen.findByText('Roof')).toBeInTheDocument();
    expect(screen.getAllByText('Felix Freelancer: On Thursday?')).toHaveLength(2);
    expect(screen.queryByText('Nothing new')).toBeNull();
    await expectAccessible(container);
    await userEvent.click(screen.getByText('Roof'));
    expect(onOpen).toHaveBeenCalledWith(makeId(2));
    expect(screen.queryByText('Roof')).toBeNull();
  });

  it('marks all of it as read', async () => {
    const { client, fake } = partsClient({ conversations: [unread(1), unread(2)] });
    renderPart(<NotificationBell onOpen={() => undefined} />, client);
    await userEvent.click(screen.getByRole('button', { name: /^Notifications/ }));
    await userEvent.click(await screen.findByText('Mark all as read'));
    expect([1, 2].map((number) => fake.conversation(makeId(number)).calls.at(-1)?.[0])).toEqual(['markRead', 'markRead']);
    expect(await screen.findByText('You are up to date')).toBeInTheDocument();
  });

  it('closes with Esc and gives the focus back', async () => {
    const { client } = partsClient();
    renderPart(<NotificationBell onOpen={() => undefined} />, client);
    const bell = screen.getByRole('button', { name: 'Notifications' });
    await userEvent.click(bell);
    await screen.findByText('You are up to date');
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByText('You are up to date')).toBeNull();
    expect(bell).toHaveFocus();
  });
});

describe('what is told of', () => {
  const from = (number: number, seq: number) => ({ message: makeMessage(makeId(number), seq, felix, `${seq}`), conversation: unread(number) });

  it('is one message of each conversation, the newest ones first, none twice', () => {
    const add = (toasts: readonly Toast[], { message, conversation }: { message: Message; conversation: Conversation }) => withToast(toasts, message, conversation);
    const told = [from(1, 1), from(2, 1), from(1, 2), from(1, 2)].reduce(add, []);
    expect(told.map(({ conversation, count, message }) => [conversation.id, count, message.seq])).toEqual([[makeId(1), 2, 2], [makeId(2), 1, 1]]);
    expect([3, 4, 5, 6].map((number) => from(number, 1)).reduce(add, told)).toHaveLength(MAX_TOASTS);
  });

  it('comes from others and from elsewhere, and is neither muted nor put away', () => {
    const { message, conversation } = from(1, 1);
    expect(isToldOf(message, conversation, 1, undefined)).toBe(true);
    expect(isToldOf(message, conversation, 2, undefined)).toBe(false);
    expect(isToldOf(message, conversation, 1, makeId(1))).toBe(false);
    expect(isToldOf(message, { ...conversation, muted: true }, 1, undefined)).toBe(false);
    expect(isToldOf(message, { ...conversation, archived: true }, 1, undefined)).toBe(false);
    expect(isToldOf({ ...message, sender: null }, conversation, 1, undefined)).toBe(false);
  });
});

describe('toasts', () => {
  afterEach(() => vi.useRealTimers());
  const arrival = (text: string, seq = 9) => ({ type: 'message_received', conversation_id: PAIR, seq, actor_id: 2, message: makeMessage(PAIR, seq, felix, text) }) as const;

  it('come with messages of other conversations, are read out, and lead there', async () => {
    const { client, emit } = partsClient();
    const onOpen = vi.fn();
    const { container } = renderPart(<MessageToasts onOpen={onOpen} />, client);
    act(() => emit('message_received', arrival('On Thursday?')));
    const toast = await screen.findByRole('button', { name: /On Thursday\?/ });
    expect(container.querySelector('[data-chat-announcer="polite"]')).toHaveTextContent('New message from Felix Freelancer');
    await expectAccessible(container);
    await userEvent.click(toast);
    expect(onOpen).toHaveBeenCalledWith(PAIR, makeMessage(PAIR, 9, felix, '').id);
    expect(screen.queryByText('On Thursday?')).toBeNull();
  });

  it('do not come for the conversation that is open, and go when it is opened', async () => {
    const { client, emit } = partsClient();
    const { change } = renderPart(<MessageToasts openId={PAIR} onOpen={() => undefined} />, client);
    await act(async () => emit('message_received', arrival('seen anyway')));
    expect(screen.queryByText('seen anyway')).toBeNull();
    change(<MessageToasts onOpen={() => undefined} />);
    await act(async () => emit('message_received', arrival('elsewhere', 10)));
    expect(screen.getByText('elsewhere')).toBeInTheDocument();
    change(<MessageToasts openId={PAIR} onOpen={() => undefined} />);
    await waitFor(() => expect(screen.queryByText('elsewhere')).toBeNull());
  });

  it('go by themselves, but not while they have the focus', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const { client, emit } = partsClient();
    renderPart(<MessageToasts onOpen={() => undefined} />, client);
    await act(async () => emit('message_received', arrival('On Thursday?')));
    act(() => screen.getByRole('button', { name: /On Thursday/ }).focus());
    await act(() => vi.advanceTimersByTimeAsync(20_000));
    expect(screen.getByText('On Thursday?')).toBeInTheDocument();
    act(() => screen.getByRole('button', { name: /On Thursday/ }).blur());
    await act(() => vi.advanceTimersByTimeAsync(8_000));
    expect(screen.queryByText('On Thursday?')).toBeNull();
  });
});
