import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { expectAccessible, PAIR, pairClient, renderChat, talk } from '../../test/fixture.js';
import { de } from '../de.js';
import { ChatProvider } from '../provider/ChatProvider.js';
import { render } from '@testing-library/react';
import { ChatInbox } from './ChatInbox.js';
import { ChatWindow } from './ChatWindow.js';

it('shows a conversation with everything that is done in it', async () => {
  renderChat(<ChatWindow conversationId={PAIR} />, pairClient());
  const window = await screen.findByRole('region', { name: 'Felix Freelancer' });
  expect(within(window).getByRole('heading', { name: 'Felix Freelancer' })).toBeInTheDocument();
  expect(await within(window).findByText('message 3')).toBeInTheDocument();
  expect(within(window).getByRole('textbox')).toBeInTheDocument();
  await expectAccessible();
});

it('sends what is written', async () => {
  const user = userEvent.setup();
  const client = pairClient();
  renderChat(<ChatWindow conversationId={PAIR} />, client);
  await user.type(await screen.findByRole('textbox'), 'hello{Enter}');
  expect(await screen.findByText('hello')).toBeInTheDocument();
});

it('mutes and archives', async () => {
  const user = userEvent.setup();
  const client = pairClient();
  renderChat(<ChatWindow conversationId={PAIR} />, client);
  const options = await screen.findByRole('button', { name: 'Conversation options' });
  await user.click(options);
  await user.click(await screen.findByRole('menuitem', { name: 'Mute' }));
  await user.click(options);
  expect(await screen.findByRole('menuitem', { name: 'Unmute' })).toBeInTheDocument();
  await user.click(screen.getByRole('menuitem', { name: 'Archive' }));
  expect(client.conversation(PAIR).row.get()).toMatchObject({ muted: true, archived: true });
});

it('searches beside the messages, and shows what was found', async () => {
  const user = userEvent.setup();
  window.matchMedia ??= () => ({ matches: false }) as MediaQueryList;
  renderChat(<ChatWindow conversationId={PAIR} />, pairClient({ messages: talk(120) }));
  await user.click(await screen.findByRole('button', { name: 'Search in this conversation' }));
  const search = await screen.findByRole('region', { name: 'Search messages' });
  await user.type(within(search).getByRole('searchbox'), 'message 7');
  await user.click((await within(search).findAllByText(/message 7/))[0]!);
  await waitFor(() => expect(document.querySelector('[data-found]')).not.toBeNull());
});

it('goes from the list to the window and back', async () => {
  const user = userEvent.setup();
  renderChat(<ChatInbox />, pairClient());
  const panes = () => document.querySelector('[data-view]')?.getAttribute('data-view');
  expect(panes()).toBe('list');
  await user.click(await screen.findByRole('option'));
  expect(panes()).toBe('window');
  await user.click(await screen.findByRole('button', { name: 'Back to conversations' }));
  expect(panes()).toBe('list');
  await expectAccessible();
});

it('keeps nothing of one conversation in another', async () => {
  const client = pairClient();
  const { rerender } = renderChat(<ChatWindow conversationId={PAIR} />, client);
  await screen.findByText('message 3');
  rerender(<ChatWindow conversationId="01a207ab-0000-7000-8000-000000000077" />);
  await waitFor(() => expect(screen.queryByText('message 3')).toBeNull());
});

it('speaks German', async () => {
  render(<ChatProvider client={pairClient()} locale="de" messages={de}><ChatInbox selectedId={PAIR} /></ChatProvider>);
  expect(await screen.findByRole('heading', { name: 'Unterhaltungen' })).toBeInTheDocument();
  expect(await screen.findByRole('feed', { name: 'Nachrichten' })).toBeInTheDocument();
});

it('takes other parts, at any depth', async () => {
  const client = pairClient();
  renderChat(
    <ChatInbox
      selectedId={PAIR}
      components={{ Avatar: ({ name }) => <i>face of {name}</i>, MessageText: ({ message }) => <em>{message.content.toUpperCase()}</em>, Composer: () => <p>read only</p> }}
    />,
    client,
  );
  expect(await screen.findByText('MESSAGE 3')).toBeInTheDocument();
  expect(screen.getAllByText('face of Felix Freelancer').length).toBeGreaterThan(1);
  expect(screen.getByText('read only')).toBeInTheDocument();
  act(() => client.conversation(PAIR).people.set([{ userId: 2, name: 'Felix' }]));
  expect(await screen.findByText('Felix is typing…')).toBeInTheDocument();
});
