import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { expectAccessible, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import { OwnStatus } from './OwnStatus.js';
import { TypingIndicator } from './TypingIndicator.js';
import { UserPresence } from './UserPresence.js';

it('shows whether somebody is here, and when they were last seen', async () => {
  const { client, fake } = partsClient();
  const { container } = renderPart(<UserPresence userId={2} showLastSeen />, client);
  expect(container.querySelector('.chat-presence')).toBeNull();
  act(() => fake.setPresence({ user_id: 2, is_online: true, last_seen: null, status: 'away' }));
  expect(screen.getByText('Away')).toBeInTheDocument();
  act(() => fake.setPresence({ user_id: 2, is_online: false, last_seen: new Date(Date.now() - 3_700_000).toISOString(), status: 'offline' }));
  expect(screen.getByText('Last seen 1 hour ago')).toBeInTheDocument();
  await expectAccessible(container);
});

it('says politely who types, and keeps its room when nobody does', async () => {
  const { client, fake } = partsClient();
  const { container } = renderPart(<TypingIndicator conversationId={PAIR} />, client);
  const line = container.querySelector<HTMLElement>('.chat-typing');
  expect(line).toHaveAttribute('aria-live', 'polite');
  const { people } = fake.conversation(PAIR);
  act(() => people.set([{ userId: 2, name: 'Felix' }]));
  expect(line).toHaveTextContent('Felix is typing…');
  act(() => people.set([{ userId: 2, name: 'Felix' }, { userId: 3, name: 'Ann' }]));
  expect(line).toHaveTextContent('Felix and Ann are typing…');
  act(() => people.set([1, 2, 3].map((userId) => ({ userId, name: 'x' }))));
  expect(line).toHaveTextContent('Several people are typing…');
  act(() => people.set([]));
  expect(line).toBeEmptyDOMElement();
});

it('lets one choose how others see oneself', async () => {
  const { client } = partsClient();
  const { container } = renderPart(<OwnStatus />, client);
  await userEvent.click(await screen.findByRole('button', { name: 'Your status: Online' }));
  const menu = within(await screen.findByRole('menu', { hidden: true }));
  expect(menu.getByRole('menuitemradio', { name: 'Online', hidden: true })).toHaveAttribute('aria-checked', 'true');
  await expectAccessible(container);
  await userEvent.click(menu.getByRole('menuitemradio', { name: /Invisible/, hidden: true }));
  expect(await screen.findByRole('button', { name: 'Your status: Invisible' })).toBeInTheDocument();
});
