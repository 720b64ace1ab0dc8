import type { FoundMessage, SearchQuery } from '@workconnect/chat-client';
import { ChatError, createStore } from '@workconnect/chat-client';
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { expectAccessible, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import { makeMessage } from '../testing.js';
import { SearchPanel } from './SearchPanel.js';

const found = (highlight: string): FoundMessage => ({ ...makeMessage(PAIR, 7, { id: 2, name: 'Felix Freelancer' }, 'The roof of yours'), highlight });

function searching(rows: readonly FoundMessage[], more: { hasMore?: boolean; error?: ChatError } = {}) {
  const { client } = partsClient();
  const asked: SearchQuery[] = [];
  const loadMore = vi.fn(() => Promise.resolve());
  const search = (query: SearchQuery) => {
    asked.push(query);
    return { ...createStore({ items: rows, hasMore: more.hasMore ?? false, isLoading: false, error: more.error ?? null }), loadMore, reload: loadMore };
  };
  return { client: { ...client, search }, asked, loadMore };
}

const query = () => screen.getByRole('searchbox', { name: 'Search messages' });

it('asks once one has stopped writing, and shows hits as marks and never as markup', async () => {
  const { client, asked } = searching([found('The <mark>roof</mark> &lt;img src=x onerror=alert(1)&gt;')]);
  const onOpen = vi.fn();
  const { container } = renderPart(<SearchPanel onOpen={onOpen} />, client);
  expect(query()).toHaveFocus();
  await userEvent.type(query(), 'roof');
  const row = await screen.findByRole('button', { name: /Felix Freelancer/ });
  expect(asked).toEqual([{ text: 'roof' }]);
  expect(container.querySelector('mark')).toHaveTextContent('roof');
  expect(row).toHaveTextContent('<img src=x onerror=alert(1)>');
  expect(container.querySelector('img')).toBeNull();
  expect(screen.getByText('1 message found')).toBeInTheDocument();
  await userEvent.click(row);
  expect(onOpen).toHaveBeenCalledWith(expect.objectContaining({ seq: 7, conversation_id: PAIR }));
});

it('narrows by sender, kind, day and conversation', async () => {
  const { client, asked } = searching([]);
  renderPart(<SearchPanel conversationId={PAIR} onOpen={() => undefined} />, client);
  await userEvent.selectOptions(screen.getByLabelText('From'), 'Felix Freelancer');
  await userEvent.selectOptions(screen.getByLabelText('Kind'), 'Pictures');
  await userEvent.type(screen.getByLabelText('Since'), '2026-11-01');
  await userEvent.type(query(), 'roof');
  await waitFor(() => expect(asked).toEqual([{ text: 'roof', conversation: PAIR, sender: 2, messageType: 'image', since: new Date('2026-11-01T00:00:00').toISOString() }]));
  expect(await screen.findByText('Nothing found')).toBeInTheDocument();
});

it('goes on while there is more, and says why it does not work', async () => {
  const { client, loadMore } = searching([found('x')], { hasMore: true });
  const { unmount } = renderPart(<SearchPanel onOpen={() => undefined} />, client);
  await userEvent.type(query(), 'roof');
  await userEvent.click(await screen.findByRole('button', { name: 'Show more' }));
  expect(loadMore).toHaveBeenCalled();
  expect(screen.getByText('1 message found, there are more')).toBeInTheDocument();
  unmount();
  const failing = searching([], { error: new ChatError('network', 'offline') });
  renderPart(<SearchPanel onOpen={() => undefined} />, failing.client);
  await userEvent.type(query(), 'roof');
  expect(await screen.findByText('The search did not work: there is no connection')).toBeInTheDocument();
});

it('closes with Esc', async () => {
  const { client } = searching([]);
  const onClose = vi.fn();
  renderPart(<SearchPanel onOpen={() => undefined} onClose={onClose} />, client);
  await userEvent.keyboard('{Escape}');
  expect(onClose).toHaveBeenCalled();
});

it('is accessible', async () => {
  const { client } = searching([found('The <mark>roof</mark>')]);
  const { container } = renderPart(<SearchPanel onOpen={() => undefined} onClose={() => undefined} />, client);
  await userEvent.type(query(), 'roof');
  await screen.findByRole('button', { name: /Felix Freelancer/ });
  await expectAccessible(container);
});
