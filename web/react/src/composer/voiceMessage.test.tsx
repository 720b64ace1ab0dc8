import { ChatError } from '@workconnect/chat-client';
import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { expectAccessible, makeAttachment, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import type { RecordingListener } from '../voice/microphone.js';
import { MessageInput } from './MessageInput.js';

const { record } = vi.hoisted(() => ({ record: vi.fn() }));
vi.mock('../voice/microphone.js', () => ({ canRecord: () => true, record }));

const discard = vi.fn();
const listening: RecordingListener[] = [];

beforeEach(() => {
  discard.mockReset();
  record.mockReset().mockImplementation((listener: RecordingListener) => {
    listening.push(listener);
    return Promise.resolve({ finish: () => Promise.resolve(new Blob(['sound'], { type: 'audio/webm;codecs=opus' })), discard });
  });
});

const button = (name: string) => screen.getByRole('button', { name });
const begin = async () => {
  await userEvent.click(button('Record a voice message'));
  await screen.findByRole('timer');
};
const sends = (fake: ReturnType<typeof partsClient>['fake']) => fake.conversation(PAIR).calls.filter(([call]) => call === 'send').map(([, message]) => message);

it('is recorded, uploaded and sent by itself', async () => {
  const { client, fake, uploads } = partsClient();
  const { container } = renderPart(<MessageInput conversationId={PAIR} />, client);
  await begin();
  act(() => listening.at(-1)?.onLevel(7300, 60));
  expect(await screen.findByRole('timer')).toHaveTextContent('0:07');
  await expectAccessible(container);
  await userEvent.click(button('Send the recording'));
  expect(uploads[0]?.file).toMatchObject({ type: 'audio/webm' });
  expect(sends(fake)).toEqual([]);
  const attachment = makeAttachment(1, { kind: 'voice' });
  await act(async () => uploads[0]?.finish(attachment));
  expect(sends(fake)).toEqual([{ content: '', attachments: [attachment] }]);
});

it('is sent also when one has gone elsewhere meanwhile', async () => {
  const { client, fake, uploads } = partsClient();
  const { unmount } = renderPart(<MessageInput conversationId={PAIR} />, client);
  await begin();
  await userEvent.click(button('Send the recording'));
  unmount();
  await act(async () => uploads[0]?.finish(makeAttachment(1, { kind: 'voice' })));
  expect(sends(fake)).toHaveLength(1);
});

it('is discarded with Esc', async () => {
  const { client, uploads } = partsClient();
  renderPart(<MessageInput conversationId={PAIR} />, client);
  await begin();
  await userEvent.keyboard('{Escape}');
  expect(discard).toHaveBeenCalled();
  expect(uploads).toHaveLength(0);
  expect(button('Record a voice message')).toHaveFocus();
});

it('is kept when the upload failed, to be tried again or given up', async () => {
  const { client, fake, uploads } = partsClient();
  renderPart(<MessageInput conversationId={PAIR} />, client);
  await begin();
  await userEvent.click(button('Send the recording'));
  await act(async () => uploads[0]?.fail(new ChatError('network', 'offline')));
  expect(screen.getByText('there is no connection')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: /^Try voice.* again$/ }));
  await userEvent.click(screen.getByRole('button', { name: /^Remove voice/ }));
  await act(async () => uploads[1]?.finish(makeAttachment(1, { kind: 'voice' })));
  expect(sends(fake)).toEqual([]);
});

it('says that the microphone is not allowed', async () => {
  const { client } = partsClient();
  record.mockRejectedValue(new DOMException('', 'NotAllowedError'));
  renderPart(<MessageInput conversationId={PAIR} />, client);
  await userEvent.click(button('Record a voice message'));
  expect(await screen.findByText(/^The microphone is not allowed here/)).toBeInTheDocument();
  await userEvent.click(button('Dismiss'));
  expect(screen.queryByText(/^The microphone is not allowed here/)).toBeNull();
});
