import { ChatError } from '@workconnect/chat-client';
import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { clara, expectAccessible, felix, PAIR, pairClient, renderChat, talk } from '../../test/fixture.js';
import { Announcer } from '../primitives/Announcer.js';
import { useComposerTarget, ComposerTargetScope } from '../window/target.js';
import { makeConversation, makeId, makeMessage } from '../testing.js';
import type { FakeClient } from '../testing.js';
import { MessageList } from './MessageList.js';

function show(client: FakeClient) {
  return renderChat(<Announcer><ComposerTargetScope><MessageList conversationId={PAIR} /><Target /></ComposerTargetScope></Announcer>, client);
}

function Target() {
  const { target } = useComposerTarget();
  return <output>{target ? `${target.mode} ${target.item.message.content}` : 'nothing'}</output>;
}

const articles = () => screen.getAllByRole('article');
const announced = (urgency = 'polite') => document.querySelector(`[data-chat-announcer="${urgency}"]`)?.textContent;

describe('a history', () => {
  it('holds no more elements than are seen, and is accessible', async () => {
    show(pairClient({ messages: talk(10_000) }));
    await screen.findByRole('feed');
    await waitFor(() => expect(articles().length).toBeGreaterThan(5));
    expect(articles().length).toBeLessThan(60);
    await expectAccessible();
  });

  it('says when there is nothing, and when it could not be loaded', async () => {
    const client = pairClient({ messages: [] });
    show(client);
    expect(await screen.findByText('No messages yet')).toBeInTheDocument();
    act(() => client.conversation(PAIR).messages.patch({ error: new ChatError('network', 'x') }));
    expect(screen.getByRole('alert')).toHaveTextContent('could not be loaded');
    act(() => client.conversation(PAIR).messages.patch({ error: new ChatError('not_found', 'x') }));
    expect(screen.getByRole('alert')).toHaveTextContent('not available');
  });

  it('marks what is new, and says that it was read', async () => {
    const messages = talk(6);
    const conversation = makeConversation(1, { participants: [clara, felix], unread_count: 1, last_seq: 6 });
    const client = pairClient({ messages, conversations: [conversation] });
    show(client);
    expect(await screen.findByText('New messages')).toBeInTheDocument();
    const slot = screen.getByText('New messages').closest('[data-index]');
    expect(slot).toHaveTextContent('message 5');
    await waitFor(() => expect(client.conversation(PAIR).calls).toContainEqual(['markRead', 6]));
  });

  it('marks nothing as read while the page is hidden', async () => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
    const client = pairClient({ conversations: [makeConversation(1, { participants: [clara, felix], unread_count: 1, last_seq: 3 })] });
    show(client);
    await screen.findByText('message 3');
    expect(client.conversation(PAIR).calls).toEqual([]);
  });

  it('has new messages read out, but not those that were loaded', async () => {
    const client = pairClient();
    show(client);
    await screen.findByText('message 3');
    expect(announced()).toBe('');
    act(() => client.conversation(PAIR).receive(makeMessage(PAIR, 4, felix, 'are you there?')));
    expect(announced()).toBe('Felix Freelancer: are you there?');
    act(() => client.conversation(PAIR).receive(makeMessage(PAIR, 5, clara, 'my other device')));
    expect(announced()).toBe('Felix Freelancer: are you there?');
    expect(document.querySelectorAll('[aria-live="polite"]')).toHaveLength(1);
  });

  it('is moved through by arrow keys', async () => {
    const user = userEvent.setup();
    show(pairClient());
    await screen.findByText('message 3');
    screen.getByRole('feed').focus();
    await user.keyboard('{ArrowUp}{ArrowUp}');
    expect(articles()[1]).toHaveFocus();
  });
});

describe('a message', () => {
  it('shows text as text', async () => {
    show(pairClient({ messages: [makeMessage(PAIR, 1, felix, '<img src=x onerror=alert(1)> see https://example.com/a and javascript:alert(1)')] }));
    const link = await screen.findByRole('link');
    expect(link).toHaveAttribute('href', 'https://example.com/a');
    expect(link).toHaveAttribute('rel', expect.stringContaining('noopener'));
    expect(screen.getByRole('feed').querySelector('img')).toBeNull();
    expect(screen.getByText(/<img src=x onerror/)).toBeInTheDocument();
  });

  it('keeps the place of one that was deleted', async () => {
    show(pairClient({ messages: [makeMessage(PAIR, 1, felix, '', { deleted_at: new Date().toISOString() })] }));
    expect(await screen.findByText('This message was deleted')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Actions/ })).toBeNull();
  });

  it('toggles reactions', async () => {
    const client = pairClient({ messages: [makeMessage(PAIR, 1, felix, 'hi', { reactions: [{ emoji: '👍', count: 2, me: false }] })] });
    show(client);
    const button = await screen.findByRole('button', { name: '👍, 2 reactions' });
    expect(button).toHaveAttribute('aria-pressed', 'false');
    await userEvent.click(button);
    expect(await screen.findByRole('button', { name: '👍, 3 reactions' })).toHaveAttribute('aria-pressed', 'true');
    expect(client.conversation(PAIR).calls).toContainEqual(['react', makeId(1_000_001), '👍', true]);
  });

  it('quotes what it answers, and leads there', async () => {
    const client = pairClient({ messages: [makeMessage(PAIR, 1, felix, 'the question'), makeMessage(PAIR, 2, clara, 'the answer', { reply_to: makeId(1_000_001) })] });
    const jump = vi.spyOn(client.conversation(PAIR).messages, 'jumpTo');
    show(client);
    await userEvent.click(await screen.findByRole('button', { name: /the question/ }));
    expect(jump).toHaveBeenCalledWith(makeId(1_000_001));
    await waitFor(() => expect(document.querySelector('[data-found]')).toHaveTextContent('the question'));
  });

  it('says how far it has come', async () => {
    const client = pairClient();
    const handle = client.conversation(PAIR);
    show(client);
    await screen.findByText('message 2');
    expect(screen.getByTitle('Sent')).toBeInTheDocument();
    act(() => handle.messages.change((all) => all.map((item) => item.isMine ? { ...item, delivery: 'read' } : item)));
    expect(screen.getByTitle('Read')).toBeInTheDocument();
  });

  it('that was refused can be sent again or given up', async () => {
    const client = pairClient({ sending: 'refused' });
    show(client);
    await screen.findByText('message 3');
    act(() => void client.conversation(PAIR).send({ content: 'refused one' }));
    expect(await screen.findByText('Not sent: you cannot write to each other')).toBeInTheDocument();
    expect(announced('assertive')).toBe('A message was not sent');
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByText('refused one')).toBeNull());
  });

  it('that waits can be cancelled', async () => {
    const client = pairClient({ sending: 'offline' });
    show(client);
    await screen.findByText('message 3');
    act(() => void client.conversation(PAIR).send({ content: 'waiting one' }));
    const mine = (await screen.findByText('waiting one')).closest('article')!;
    expect(within(mine).getByTitle('Waiting for the connection')).toBeInTheDocument();
    await userEvent.click(within(mine).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByText('waiting one')).toBeNull());
  });
});

describe('the menu of a message', () => {
  const recent = { created_at: new Date().toISOString() };

  async function open(client: FakeClient, name: string) {
    show(client);
    const user = userEvent.setup();
    await user.click(await screen.findByRole('button', { name: `Actions for the message of ${name}` }));
    await screen.findByRole('menu');
    return user;
  }

  it('lets one answer, edit and delete one’s own', async () => {
    const client = pairClient({ messages: [makeMessage(PAIR, 1, clara, 'mine', recent)] });
    const user = await open(client, 'You');
    expect(screen.getAllByRole('menuitem').map((item) => item.textContent || item.getAttribute('aria-label')).slice(6)).toEqual(['Reply', 'Copy text', 'Edit', 'Delete']);
    await expectAccessible();
    await user.click(screen.getByRole('menuitem', { name: 'Edit' }));
    expect(screen.getByText('edit mine')).toBeInTheDocument();
    expect(screen.queryByRole('menu')).toBeNull();
    await user.click(screen.getByRole('button', { name: /Actions/ }));
    await user.keyboard('{End}{Enter}');
    const dialog = await screen.findByRole('dialog', { name: 'Delete this message?' });
    await expectAccessible();
    await user.click(within(dialog).getByRole('button', { name: 'Delete' }));
    expect(await screen.findByText('You deleted this message')).toBeInTheDocument();
  });

  it('lets one report what others said', async () => {
    const client = pairClient({ messages: [makeMessage(PAIR, 1, felix, 'pay me elsewhere', recent)] });
    const user = await open(client, 'Felix Freelancer');
    expect(screen.queryByRole('menuitem', { name: 'Edit' })).toBeNull();
    await user.click(screen.getByRole('menuitem', { name: 'Report' }));
    const dialog = await screen.findByRole('dialog', { name: 'Report this message' });
    await user.type(within(dialog).getByRole('textbox'), 'fraud');
    await user.click(within(dialog).getByRole('button', { name: 'Report' }));
    expect(await within(dialog).findByRole('status')).toHaveTextContent('Thank you');
    expect(client.conversation(PAIR).calls).toContainEqual(['report', makeId(1_000_001), 'fraud']);
  });

  it('closes with Escape and gives the focus back', async () => {
    const user = await open(pairClient({ messages: [makeMessage(PAIR, 1, felix, 'hi', recent)] }), 'Felix Freelancer');
    await waitFor(() => expect(screen.getAllByRole('menuitem')[0]).toHaveFocus());
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('menu')).toBeNull();
    expect(screen.getByRole('button', { name: /Actions/ })).toHaveFocus();
  });

  it('says what did not work', async () => {
    const client = pairClient({ messages: [makeMessage(PAIR, 1, felix, 'hi', recent)] });
    vi.spyOn(client.conversation(PAIR), 'react').mockRejectedValue(new ChatError('blocked', 'x'));
    const user = await open(client, 'Felix Freelancer');
    await user.click(screen.getByRole('menuitem', { name: 'React with 👍' }));
    await waitFor(() => expect(announced('assertive')).toBe('That did not work: you cannot write to each other'));
  });
});
