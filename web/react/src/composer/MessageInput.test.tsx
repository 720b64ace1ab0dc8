import { ChatError, createStore } from '@workconnect/chat-client';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { makeAttachment, expectAccessible, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import { makeItem, makeMessage } from '../testing.js';
import { useComposerTarget } from '../window/target.js';
import { MessageInput } from './MessageInput.js';

const clara = { id: 1, name: 'Clara Client' };
const felix = { id: 2, name: 'Felix Freelancer' };
const input = () => screen.getByRole('textbox', { name: /^Write a message/ });
const notices = () => document.querySelector<HTMLElement>('.chat-notices[role="alert"]')!;
const sends = (fake: ReturnType<typeof partsClient>['fake']) => fake.conversation(PAIR).calls.filter(([call]) => call === 'send').map(([, message]) => message);
const file = (name: string, type = 'application/pdf') => new File(['bytes'], name, { type });
const choose = async (...files: File[]) => {
  const chooser = document.querySelector<HTMLInputElement>('[data-chat-file-input]');
  if (chooser) await act(async () => { fireEvent.change(chooser, { target: { files } }); });
};

function Answering({ mode, to }: { readonly mode: 'reply' | 'edit'; readonly to: ReturnType<typeof makeItem> }) {
  const targeting = useComposerTarget();
  return <button type="button" onClick={() => targeting[mode](to)}>target</button>;
}

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:1', revokeObjectURL: () => undefined }));
});

describe('writing', () => {
  it('sends with Enter, breaks the line with Shift and Enter, and clears the input', async () => {
    const { client, fake } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await userEvent.type(input(), 'one{Shift>}{Enter}{/Shift}two{Enter}');
    expect(sends(fake)).toEqual([{ content: 'one\ntwo' }]);
    expect(input()).toHaveValue('');
  });

  it('leaves the keys of an input method alone', async () => {
    const { client, fake } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await userEvent.type(input(), 'にほん');
    fireEvent.keyDown(input(), { key: 'Enter', isComposing: true });
    fireEvent.keyDown(input(), { key: 'Enter', keyCode: 229 });
    expect(sends(fake)).toEqual([]);
    fireEvent.keyDown(input(), { key: 'Enter' });
    expect(sends(fake)).toEqual([{ content: 'にほん' }]);
  });

  it('sends nothing that is blank', async () => {
    const { client, fake } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await userEvent.type(input(), '   {Enter}');
    expect(sends(fake)).toEqual([]);
  });

  it('tells that one types, and that one has stopped', async () => {
    const { client, fake } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    const { calls } = fake.conversation(PAIR);
    await userEvent.type(input(), 'a');
    expect(calls.at(-1)).toEqual(['keystroke']);
    await userEvent.clear(input());
    expect(calls.at(-1)).toEqual(['stop']);
  });

  it('keeps a draft for each conversation over leaving and coming back', async () => {
    const { client } = partsClient();
    const { unmount } = renderPart(<MessageInput conversationId={PAIR} />, client);
    await userEvent.type(input(), 'half a sentence');
    unmount();
    const again = renderPart(<MessageInput conversationId={PAIR} />, client);
    expect(input()).toHaveValue('half a sentence');
    again.change(<MessageInput conversationId="another" />);
    expect(input()).toHaveValue('');
  });

  it('refuses a text that the server would refuse, counted in bytes', async () => {
    const { client, fake } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    fireEvent.change(input(), { target: { value: 'ü'.repeat(8193) } });
    expect(notices()).toHaveTextContent('2 bytes too long');
    fireEvent.keyDown(input(), { key: 'Enter' });
    expect(sends(fake)).toEqual([]);
  });
});

describe('replies and edits', () => {
  it('replies to a message, and Esc gives the reply up', async () => {
    const { client, fake } = partsClient();
    const to = makeItem(makeMessage(PAIR, 2, felix, 'On Thursday?'), 1);
    renderPart(<><Answering mode="reply" to={to} /><MessageInput conversationId={PAIR} /></>, client);
    await userEvent.click(screen.getByText('target'));
    expect(screen.getByText('Reply to Felix Freelancer')).toBeInTheDocument();
    expect(input()).toHaveFocus();
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByText('Reply to Felix Freelancer')).toBeNull();
    await userEvent.click(screen.getByText('target'));
    await userEvent.keyboard('Yes{Enter}');
    expect(sends(fake)).toEqual([{ content: 'Yes', replyTo: to.message.id }]);
    expect(screen.queryByText('Reply to Felix Freelancer')).toBeNull();
  });

  it('edits the newest own message with the upper arrow, and keeps the draft meanwhile', async () => {
    const messages = [makeMessage(PAIR, 1, clara, 'first'), makeMessage(PAIR, 2, clara, 'second'), makeMessage(PAIR, 3, felix, 'theirs'), makeMessage(PAIR, 4, clara, '', { deleted_at: '2026-11-23T10:00:00Z' })];
    const { client, fake } = partsClient({ messages });
    fake.conversation(PAIR).open();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await waitFor(() => expect(fake.conversation(PAIR).messages.get().items).toHaveLength(4));
    await userEvent.type(input(), '{ArrowUp}');
    expect(input()).toHaveValue('second');
    await userEvent.type(input(), '!{Enter}');
    expect(fake.conversation(PAIR).calls.at(-1)).toEqual(['edit', messages[1]?.id, 'second!']);
    expect(input()).toHaveValue('');
    await userEvent.type(input(), 'a draft{ArrowUp}');
    expect(input()).toHaveValue('a draft');
  });

  it('says why an edit was refused', async () => {
    const { client, fake } = partsClient();
    const to = makeItem(makeMessage(PAIR, 1, clara, 'old'), 1);
    vi.spyOn(fake.conversation(PAIR), 'edit').mockRejectedValue(new ChatError('conflict', 'too late'));
    renderPart(<><Answering mode="edit" to={to} /><MessageInput conversationId={PAIR} /></>, client);
    await userEvent.click(screen.getByText('target'));
    await userEvent.type(input(), 'er{Enter}');
    expect(await screen.findByText('That did not work: it has changed meanwhile')).toBeInTheDocument();
    expect(sends(fake)).toEqual([]);
  });
});

describe('files', () => {
  it('are sent once all of them have arrived, in the order in which they were chosen', async () => {
    const { client, fake, uploads } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await choose(file('one.pdf'), file('two.pdf'));
    await userEvent.type(input(), 'both{Enter}');
    expect(sends(fake)).toEqual([]);
    const [one, two] = [makeAttachment(1), makeAttachment(2)];
    await act(async () => uploads[1]?.finish(two));
    await act(async () => uploads[0]?.finish(one));
    expect(screen.getByText('2 files ready')).toHaveAttribute('role', 'status');
    await userEvent.click(screen.getByRole('button', { name: 'Send' }));
    expect(sends(fake)).toEqual([{ content: 'both', attachments: [one, two] }]);
    expect(screen.queryByRole('list', { name: 'Attached files' })).toBeNull();
  });

  it('show how far they are, can be taken back, and tried again after they failed', async () => {
    const { client, uploads } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await choose(file('plan.pdf'));
    await act(async () => uploads[0]?.state.patch({ progress: 0.42 }));
    expect(screen.getByRole('progressbar', { name: 'plan.pdf, uploading, 42%' })).toBeInTheDocument();
    await act(async () => uploads[0]?.fail(new ChatError('network', 'offline')));
    expect(screen.getByText('there is no connection')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try plan.pdf again' }));
    expect(uploads).toHaveLength(2);
    await userEvent.click(screen.getByRole('button', { name: 'Remove plan.pdf' }));
    expect(uploads[1]?.cancelled).toBe(true);
    expect(screen.queryByText('plan.pdf')).toBeNull();
  });

  it('that cannot be sent are named before anything is uploaded', async () => {
    const { client, uploads } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} accept="image/*" maxFileBytes={3} />, client);
    await choose(file('plan.pdf'), new File([], 'empty.png', { type: 'image/png' }), file('big.png', 'image/png'));
    const alert = notices();
    expect(alert).toHaveTextContent('plan.pdf is larger than 3 bytes.');
    expect(alert).toHaveTextContent('empty.png is empty.');
    expect(alert).toHaveTextContent('big.png is larger than 3 bytes.');
    expect(uploads).toHaveLength(0);
    await userEvent.click(within(alert).getByRole('button', { name: 'Dismiss' }));
    expect(alert).toBeEmptyDOMElement();
  });

  it('come by paste, unless there is text beside them, and by drop', async () => {
    const { client, uploads } = partsClient();
    const { container } = renderPart(<div data-chat-drop><p>messages</p><MessageInput conversationId={PAIR} /></div>, client);
    const picture = file('image.png', 'image/png');
    await act(async () => { fireEvent.paste(input(), { clipboardData: { files: [picture], types: ['text/plain', 'Files'] } }); });
    expect(uploads).toHaveLength(0);
    await act(async () => { fireEvent.paste(input(), { clipboardData: { files: [picture], types: ['Files'] } }); });
    expect(uploads).toHaveLength(1);
    const dataTransfer = { files: [file('dropped.pdf')], types: ['Files'] };
    fireEvent.dragOver(screen.getByText('messages'), { dataTransfer });
    expect(container.querySelector('[data-dropping]')).not.toBeNull();
    await act(async () => { fireEvent.drop(screen.getByText('messages'), { dataTransfer }); });
    expect(container.querySelector('[data-dropping]')).toBeNull();
    expect(uploads).toHaveLength(2);
  });

  it('that have not arrived are given up when one leaves', async () => {
    const { client, uploads } = partsClient();
    const { unmount } = renderPart(<MessageInput conversationId={PAIR} />, client);
    await choose(file('plan.pdf'));
    unmount();
    expect(uploads[0]?.cancelled).toBe(true);
  });
});

describe('emoji', () => {
  it('complete a shortcode with the keyboard', async () => {
    const { client, fake } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await userEvent.type(input(), 'well :tad');
    const option = await screen.findByRole('option', { name: /:tada:/ });
    expect(input()).toHaveAttribute('aria-activedescendant', option.id);
    await userEvent.keyboard('{Enter}');
    expect(input()).toHaveValue('well 🎉 ');
    expect(sends(fake)).toEqual([]);
  });

  it('come from the picker to where the caret is', async () => {
    const { client } = partsClient();
    renderPart(<MessageInput conversationId={PAIR} />, client);
    await userEvent.type(input(), 'ab');
    (input() as HTMLTextAreaElement).setSelectionRange(1, 1);
    await userEvent.click(screen.getByRole('button', { name: 'Emoji' }));
    await userEvent.click(await screen.findByTitle('grinning face'));
    expect(input()).toHaveValue('a😀b');
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

describe('where nothing can be written', () => {
  it('it says why', async () => {
    const { client, fake } = partsClient();
    const { change } = renderPart(<MessageInput conversationId={PAIR} state="blocked" />, client);
    expect(screen.getByText('You cannot write to each other.')).toBeInTheDocument();
    change(<MessageInput conversationId={PAIR} />);
    expect(input()).toBeInTheDocument();
    act(() => fake.conversation(PAIR).failure.set(new ChatError('not_found', 'Not found.')));
    expect(screen.getByText('You do not take part in this conversation any more.')).toBeInTheDocument();
  });

  it('knows whom one has blocked, and that one has not any more', async () => {
    const { client } = partsClient();
    const blocks = createStore({ items: [{ user_id: 2, created_at: '2026-11-23T09:00:00Z' }], hasMore: false, isLoading: false, error: null });
    renderPart(<MessageInput conversationId={PAIR} />, { ...client, blocks: { ...client.blocks, ...blocks } });
    expect(screen.getByText('You cannot write to each other.')).toBeInTheDocument();
    act(() => blocks.patch({ items: [] }));
    expect(input()).toBeInTheDocument();
  });

  it('offline is no such place: messages are queued', async () => {
    const { client, fake } = partsClient({ sending: 'offline' });
    renderPart(<MessageInput conversationId={PAIR} />, client);
    act(() => fake.status.patch({ state: 'reconnecting', isLost: true }));
    expect(screen.getByText(/^Offline/)).toBeInTheDocument();
    await userEvent.type(input(), 'later{Enter}');
    expect(sends(fake)).toEqual([{ content: 'later' }]);
  });
});

it('is accessible, with files and a reply', async () => {
  const { client } = partsClient();
  const to = makeItem(makeMessage(PAIR, 2, felix, 'On Thursday?'), 1);
  const { container } = renderPart(<><Answering mode="reply" to={to} /><MessageInput conversationId={PAIR} /></>, client);
  await userEvent.click(screen.getByText('target'));
  await choose(file('plan.pdf'), file('empty.png', 'image/png'));
  await expectAccessible(container);
});
