import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { expectAccessible, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import { ConnectionBanner } from './ConnectionBanner.js';

afterEach(() => vi.useRealTimers());
const lost = { state: 'reconnecting', isLost: true, code: 4001, attempt: 2 } as const;

it('says nothing of a short break', () => {
  const { client, fake } = partsClient();
  const { container } = renderPart(<ConnectionBanner />, client);
  act(() => fake.status.patch({ state: 'reconnecting', isLost: false }));
  expect(container.querySelector('.chat-connection')).toBeEmptyDOMElement();
});

it('counts down to the next attempt, lets one try now, and tells what waits', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const { client, fake } = partsClient({ sending: 'offline' });
  fake.conversation(PAIR).open();
  await act(async () => undefined);
  const { container } = renderPart(<ConnectionBanner conversationId={PAIR} />, client);
  act(() => ['one', 'two'].forEach((content) => void fake.conversation(PAIR).send({ content })));
  act(() => fake.status.patch({ ...lost, retryAt: Date.now() + 9000, retryInMs: 9000 }));
  expect(screen.getByText('Connection lost. Trying again in 9 seconds.')).toBeInTheDocument();
  expect(screen.getByText('2 messages wait to be sent.')).toBeInTheDocument();
  await act(() => vi.advanceTimersByTimeAsync(8200));
  expect(screen.getByText('Connection lost. Trying again in 1 second.')).toBeInTheDocument();
  vi.useRealTimers();
  await expectAccessible(container);
  await userEvent.click(screen.getByRole('button', { name: 'Try now' }));
  expect(fake.lifecycle).toEqual(['reconnectNow']);
});

it('does not have the countdown read out', () => {
  const { client, fake } = partsClient();
  renderPart(<ConnectionBanner />, client);
  act(() => fake.status.patch({ ...lost, retryAt: Date.now() + 9000 }));
  expect(screen.getByText('Connection lost. Trying again in 9 seconds.')).toHaveAttribute('aria-hidden', 'true');
});

it('says for a moment that the connection is back', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const { client, fake } = partsClient();
  const { container } = renderPart(<ConnectionBanner />, client);
  act(() => fake.status.patch({ ...lost, retryAt: null }));
  act(() => fake.status.patch({ state: 'connected', isLost: false }));
  expect(container.querySelector('.chat-connection')).toHaveTextContent('Connected again');
  await act(() => vi.advanceTimersByTimeAsync(3000));
  expect(container.querySelector('.chat-connection')).toBeEmptyDOMElement();
});

it('tells an ended session from a connection that was closed', () => {
  const { client, fake } = partsClient();
  const { container } = renderPart(<ConnectionBanner />, client);
  act(() => fake.status.patch({ state: 'disconnected', isLost: false, code: 4501 }));
  expect(container.querySelector('.chat-connection')).toHaveTextContent('Your session has ended.');
  expect(screen.queryByRole('button', { name: 'Try now' })).toBeNull();
  act(() => fake.status.patch({ code: 4509 }));
  expect(screen.getByRole('button', { name: 'Try now' })).toBeInTheDocument();
});
