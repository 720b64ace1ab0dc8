import { ChatError } from '@workconnect/chat-client';
import type { Conversation } from '@workconnect/chat-client';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { expectAccessible, PAIR, partsClient, renderPart } from '../../test/partsFixture.js';
import { makeConversation, makeParticipant } from '../testing.js';
import { ConversationSettings } from './ConversationSettings.js';
import { NewConversation } from './NewConversation.js';
import { mayRemove, rightsOf, rolesToGive } from './permissions.js';

const clara = makeParticipant(1, 'Clara Client', { role: 'owner' });
const felix = makeParticipant(2, 'Félix Freelancer');
const ann = makeParticipant(3, 'Ann Agent', { role: 'admin' });
const dora = makeParticipant(4, 'Dora Designer');
const group = (more: Partial<Conversation> = {}) => makeConversation(1, { kind: 'group', title: 'Roof', participants: [clara, felix, ann], ...more });
const withDora = makeConversation(2, { participants: [clara, dora] });

describe('what one may do', () => {
  it('follows from the role and the kind', () => {
    expect(rightsOf(group(), 1)).toEqual({ role: 'owner', mayRename: true, mayAdd: true, mayLeave: true, mayDelete: true });
    expect(rightsOf(group(), 3)).toMatchObject({ role: 'admin', mayAdd: true, mayDelete: false });
    expect(rightsOf(group(), 2)).toMatchObject({ role: 'member', mayRename: false, mayAdd: false, mayLeave: true });
    expect(rightsOf(makeConversation(1), 1)).toMatchObject({ mayAdd: false, mayLeave: false, mayDelete: false });
    expect(rightsOf(group(), 9)).toMatchObject({ role: undefined, mayLeave: false });
    expect(rolesToGive('owner', 'member')).toEqual(['admin', 'owner']);
    expect(rolesToGive('admin', 'member')).toEqual([]);
    expect([mayRemove('owner', 'admin'), mayRemove('admin', 'member'), mayRemove('admin', 'admin'), mayRemove('member', 'member')]).toEqual([true, true, false, false]);
  });
});

describe('a new conversation', () => {
  const jobs = [{ id: '7', title: 'Build a landing page', status: 'open', url: null }];

  it('is begun with the people and the job that one chose', async () => {
    const { client } = partsClient({ conversations: [group(), withDora] });
    const create = vi.spyOn(client.conversations, 'create');
    const [onCreated, onClose] = [vi.fn(), vi.fn()];
    const { container } = renderPart(<NewConversation open onClose={onClose} onCreated={onCreated} jobs={jobs} />, client);
    await userEvent.type(await screen.findByRole('searchbox', { name: 'To' }), 'felix');
    await waitFor(() => expect(screen.getAllByRole('checkbox')).toHaveLength(1));
    await userEvent.click(screen.getByRole('checkbox', { name: /Félix/ }));
    await userEvent.selectOptions(screen.getByLabelText('Job'), 'Build a landing page');
    await userEvent.type(screen.getByLabelText(/^Title/), ' Second round ');
    await expectAccessible(container);
    await userEvent.click(screen.getByRole('button', { name: 'Start' }));
    expect(create).toHaveBeenCalledWith({ participant_ids: [2], job: jobs[0], title: 'Second round' });
    await waitFor(() => expect(onCreated).toHaveBeenCalled());
    expect(onClose).toHaveBeenCalled();
  });

  it('needs somebody, and says why it was refused', async () => {
    const { client } = partsClient({ conversations: [group()] });
    const create = vi.spyOn(client.conversations, 'create').mockRejectedValue(new ChatError('permission_denied', 'No.'));
    const onCreated = vi.fn();
    renderPart(<NewConversation open onClose={() => undefined} onCreated={onCreated} />, client);
    await userEvent.click(await screen.findByRole('button', { name: 'Start' }));
    expect(create).not.toHaveBeenCalled();
    await userEvent.click(await screen.findByRole('checkbox', { name: /Ann/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Start' }));
    expect(await screen.findByText('That did not work: you may not do that')).toBeInTheDocument();
    expect(onCreated).not.toHaveBeenCalled();
  });

  it('lets one take somebody out again', async () => {
    const { client } = partsClient({ conversations: [group()] });
    renderPart(<NewConversation open onClose={() => undefined} onCreated={() => undefined} />, client);
    await userEvent.click(await screen.findByRole('checkbox', { name: /Ann/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Remove Ann Agent' }));
    expect(screen.getByRole('checkbox', { name: /Ann/ })).not.toBeChecked();
  });
});

describe('settings', () => {
  const settings = (conversation: Conversation, userId = 1) => {
    const made = partsClient({ conversations: [conversation, withDora], userId });
    const [onLeft, onClose] = [vi.fn(), vi.fn()];
    const rendered = renderPart(<ConversationSettings conversationId={PAIR} open onClose={onClose} onLeft={onLeft} />, made.client);
    return { ...made, ...rendered, onLeft, onClose, last: () => made.fake.conversation(PAIR).calls.filter(([call]) => call !== 'keystroke').at(-1) };
  };

  it('rename, mute and archive', async () => {
    const { last, container } = settings(group());
    await userEvent.type(await screen.findByLabelText('Title'), 's');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(last()).toEqual(['update', { title: 'Roofs' }]);
    await userEvent.click(screen.getByRole('switch', { name: 'Mute notifications' }));
    expect(last()).toEqual(['mute', true]);
    await userEvent.click(screen.getByRole('switch', { name: 'Archive' }));
    expect(last()).toEqual(['archive', true]);
    await expectAccessible(container);
  });

  it('change roles, remove and add people', async () => {
    const { last } = settings(group());
    await userEvent.click(await screen.findByRole('button', { name: 'Actions for Félix Freelancer' }));
    await userEvent.click(await screen.findByText('Make admin'));
    expect(last()).toEqual(['changeRole', 2, 'admin']);
    await userEvent.click(screen.getByRole('button', { name: 'Actions for Ann Agent' }));
    await userEvent.click(await screen.findByText('Remove from conversation'));
    expect(last()).toEqual(['removeParticipant', 3]);
    await userEvent.click(screen.getByRole('button', { name: 'Add people' }));
    await userEvent.click(screen.getByRole('checkbox', { name: /Dora/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Add people' }));
    expect(last()).toEqual(['addParticipants', [4], undefined]);
  });

  it('offer a member nothing that would be refused', async () => {
    settings(group(), 2);
    expect(await screen.findByRole('button', { name: 'Leave conversation' })).toBeInTheDocument();
    for (const name of [/^Actions for/, 'Add people', 'Delete for everybody']) expect(screen.queryByRole('button', { name })).toBeNull();
    expect(screen.queryByLabelText('Title')).toBeNull();
  });

  it('ask before one leaves', async () => {
    const { last, onLeft, onClose } = settings(group());
    await userEvent.click(await screen.findByRole('button', { name: 'Leave conversation' }));
    const question = await screen.findByRole('alertdialog');
    fireEvent(question, new Event('cancel', { cancelable: true }));
    expect(screen.queryByRole('alertdialog')).toBeNull();
    expect(onClose).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole('button', { name: 'Leave conversation' }));
    await userEvent.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Cancel' }));
    expect(last()?.[0]).not.toBe('leave');
    await userEvent.click(screen.getByRole('button', { name: 'Leave conversation' }));
    await userEvent.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Leave conversation' }));
    expect(last()).toEqual(['leave']);
    await waitFor(() => expect(onLeft).toHaveBeenCalled());
  });

  it('block the other person of a pair, who cannot be left', async () => {
    const { client } = settings(makeConversation(1, { participants: [clara, felix] }));
    const block = vi.spyOn(client.blocks, 'block');
    await userEvent.click(await screen.findByRole('button', { name: 'Block Félix Freelancer' }));
    await userEvent.click(within(await screen.findByRole('alertdialog')).getByRole('button', { name: 'Block Félix Freelancer' }));
    expect(block).toHaveBeenCalledWith(2);
    expect(screen.queryByRole('button', { name: 'Leave conversation' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Remove from my list' })).toBeInTheDocument();
  });

  it('say why something was refused', async () => {
    const { fake } = settings(group());
    vi.spyOn(fake.conversation(PAIR), 'mute').mockRejectedValue(new ChatError('network', 'offline'));
    await userEvent.click(await screen.findByRole('switch', { name: 'Mute notifications' }));
    expect(await screen.findByText('That did not work: there is no connection')).toBeInTheDocument();
    await act(async () => undefined);
  });
});
