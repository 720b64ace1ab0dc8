import { ChatError } from '@workconnect/chat-client';
import type { Conversation } from '@workconnect/chat-client';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { clara, expectAccessible, felix, renderChat } from '../../test/fixture.js';
import { createFakeClient, makeConversation, makeId, makeMessage, makeParticipant } from '../testing.js';
import type { FakePaginator } from '../testing/fakePaginator.js';
import { ConversationList } from './ConversationList.js';

const yusuf = makeParticipant(4, 'Yusuf Demir');
const at = (hour: number) => new Date(2026, 10, 20, hour).toISOString();

function client() {
  const last = (id: string, text: string, more = {}) => makeMessage(id, 2, felix, text, more);
  return createFakeClient({
    conversations: [
      makeConversation(1, { kind: 'job', job: { id: '7', title: 'Landing page', status: 'open', url: null }, participants: [clara, felix], last_message: last(makeId(1), 'the draft'), unread_count: 2, updated_at: at(9) }),
      makeConversation(2, { participants: [clara, yusuf], last_message: last(makeId(2), '', { deleted_at: at(8) }), updated_at: at(8) }),
      makeConversation(3, { participants: [clara, felix, yusuf], title: 'Team', muted: true, unread_count: 120, last_message: last(makeId(3), 'hello all'), updated_at: at(7) }),
      makeConversation(4, { participants: [clara, felix], title: 'Old', archived: true, updated_at: at(6) }),
    ],
  });
}

it('shows title, job, last message and what is unread', async () => {
  renderChat(<ConversationList />, client());
  const [first, second, third] = await screen.findAllByRole('option');
  expect(first).toHaveTextContent('Felix Freelancer');
  expect(first).toHaveTextContent('Landing page');
  expect(first).toHaveTextContent('the draft');
  expect(first).toHaveTextContent('2 unread messages');
  expect(second).toHaveTextContent('This message was deleted');
  expect(third).toHaveTextContent('Felix Freelancer: hello all');
  expect(third).toHaveTextContent('99+');
  expect(third).toHaveTextContent('Muted');
  await expectAccessible();
});

it('is moved through by keys, with one stop for Tab', async () => {
  const user = userEvent.setup();
  const onSelect = vi.fn();
  renderChat(<ConversationList onSelect={onSelect} selectedId={makeId(2)} />, client());
  const options = await screen.findAllByRole('option');
  expect(options.map((option) => option.tabIndex)).toEqual([-1, 0, -1]);
  options[1]?.focus();
  await user.keyboard('{ArrowDown}{ArrowDown}');
  expect(options[2]).toHaveFocus();
  await user.keyboard('{Home}{Enter}');
  expect(onSelect).toHaveBeenCalledWith(makeId(1));
  expect(options[0]?.tabIndex).toBe(0);
});

it('filters and searches', async () => {
  const user = userEvent.setup();
  renderChat(<ConversationList />, client());
  await screen.findAllByRole('option');
  await user.click(screen.getByRole('button', { name: 'Archived' }));
  await waitFor(() => expect(screen.getAllByRole('option')).toHaveLength(1));
  await user.click(screen.getByRole('button', { name: 'Unread' }));
  await waitFor(() => expect(screen.getAllByRole('option')).toHaveLength(2));
  await user.type(screen.getByRole('searchbox'), 'yusuf');
  await waitFor(() => expect(screen.getAllByRole('option')).toHaveLength(1));
  await user.type(screen.getByRole('searchbox'), ' nobody');
  expect(await screen.findByText('Nothing found')).toBeInTheDocument();
  await expectAccessible();
});

it('says that somebody types', async () => {
  const fake = client();
  renderChat(<ConversationList />, fake);
  await screen.findAllByRole('option');
  fake.conversation(makeId(1)).people.set([{ userId: 2, name: 'Felix' }]);
  expect(await screen.findByText('typing…')).toBeInTheDocument();
});

it('takes another row', async () => {
  renderChat(<ConversationList components={{ ConversationRow: ({ conversation }) => <b>row {conversation.title ?? '–'}</b> }} />, client());
  const [first] = await screen.findAllByRole('option');
  expect(within(first!).getByText('row –')).toBeInTheDocument();
});

it('says when it could not be loaded', async () => {
  const fake = client();
  const list = fake.conversations.list({ archived: false }) as FakePaginator<Conversation>;
  renderChat(<ConversationList />, fake);
  await screen.findAllByRole('option');
  list.patch({ error: new ChatError('network', 'x') });
  expect(await screen.findByRole('alert')).toHaveTextContent('could not be loaded');
});
