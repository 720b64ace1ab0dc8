import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { describe, expect, it, vi } from 'vitest';
import { PAIR, pairClient, talk } from '../../test/fixture.js';
import { ChatProvider } from '../provider/ChatProvider.js';
import type { FakeClient } from '../testing.js';
import { useChatEvent, useConnection, useUserId } from './useClient.js';
import { useConversation, useConversations, useParticipants, useReadReceipts, useUnreadCount } from './useConversations.js';
import { useMessageActions, useMessages, useSendMessage } from './useMessages.js';
import { useOwnPresence, usePresence, useTyping } from './usePeople.js';
import { useSearch } from './useSearch.js';
import { useUpload } from './useUpload.js';

function hook<Result>(client: FakeClient, use: () => Result) {
  return renderHook(use, { wrapper: ({ children }: { readonly children: ReactNode }) => <ChatProvider client={client}>{children}</ChatProvider> });
}

describe('connection', () => {
  it('is followed, and can be tried again', () => {
    const client = pairClient();
    const { result } = hook(client, useConnection);
    act(() => client.status.patch({ state: 'reconnecting', isLost: true }));
    expect(result.current).toMatchObject({ state: 'reconnecting', isLost: true });
    result.current.reconnectNow();
    expect(client.lifecycle).toEqual(['reconnectNow']);
    expect(hook(client, useUserId).result.current).toBe(1);
  });

  it('gives events to the latest listener, until it is gone', () => {
    const client = pairClient();
    const on = vi.spyOn(client, 'on');
    const { rerender } = hook(client, () => useChatEvent('pong', () => undefined));
    rerender();
    expect(on).toHaveBeenCalledTimes(1);
  });
});

describe('conversations', () => {
  it('are loaded once for equal queries', async () => {
    const client = pairClient();
    const list = vi.spyOn(client.conversations, 'list');
    const { result, rerender } = hook(client, () => useConversations({ archived: false }));
    await waitFor(() => expect(result.current.items).toHaveLength(1));
    rerender();
    expect(list).toHaveBeenCalledTimes(1);
  });

  it('are opened and closed with the component', async () => {
    const client = pairClient();
    const handle = client.conversation(PAIR);
    const close = vi.fn();
    const open = vi.spyOn(handle, 'open').mockReturnValue(close);
    const { result, unmount } = hook(client, () => useConversation(PAIR));
    expect(result.current.conversation?.id).toBe(PAIR);
    unmount();
    expect([open.mock.calls.length, close.mock.calls.length]).toEqual([1, 1]);
    const people = hook(client, () => useParticipants(PAIR));
    await waitFor(() => expect(people.result.current.items.map(({ name }) => name)).toEqual(['Clara Client', 'Felix Freelancer']));
  });

  it('count what is unread, in one and in all', () => {
    const client = pairClient();
    const one = hook(client, () => useUnreadCount(PAIR));
    const all = hook(client, () => useUnreadCount());
    act(() => client.unread.set({ total: 7, byConversation: new Map([[PAIR, 3]]) }));
    expect([one.result.current, all.result.current]).toEqual([3, 7]);
  });

  it('tell who has read what', () => {
    const client = pairClient();
    const { result } = hook(client, () => useReadReceipts(PAIR));
    act(() => client.conversation(PAIR).read.set([{ userId: 2, upToSeq: 3, readAt: null }]));
    expect(result.current).toEqual([{ userId: 2, upToSeq: 3, readAt: null }]);
  });
});

describe('messages', () => {
  it('come in pages and can be jumped to', async () => {
    const client = pairClient({ messages: talk(120) });
    const { result } = hook(client, () => useMessages(PAIR));
    await waitFor(() => expect(result.current.items).toHaveLength(50));
    await act(() => result.current.loadOlder());
    expect(result.current.items).toHaveLength(100);
    await act(async () => expect(await result.current.jumpTo(5)).toBe(true));
    expect(result.current.target?.seq).toBe(5);
    expect(await result.current.jumpTo(999)).toBe(false);
  });

  it('are sent, and changed', async () => {
    const client = pairClient();
    const sending = hook(client, () => useSendMessage(PAIR)).result.current;
    const actions = hook(client, () => useMessageActions(PAIR)).result.current;
    await sending.send({ content: 'hi' }).stored;
    await actions.react('m', '👍');
    await actions.edit('m', 'x');
    await actions.remove('m');
    actions.markRead(3);
    expect(client.conversation(PAIR).calls.map(([name]) => name)).toEqual(['send', 'react', 'edit', 'remove', 'markRead']);
  });
});

describe('people', () => {
  it('stop typing when one leaves', () => {
    const client = pairClient();
    const { result, unmount } = hook(client, () => useTyping(PAIR));
    act(() => client.conversation(PAIR).people.set([{ userId: 2, name: 'Felix' }]));
    expect(result.current.people).toHaveLength(1);
    result.current.keystroke();
    unmount();
    expect(client.conversation(PAIR).calls).toEqual([['keystroke'], ['stop']]);
  });

  it('are rendered anew only when one of those asked for changes', () => {
    const client = pairClient();
    let renderings = 0;
    const { result } = hook(client, () => {
      renderings += 1;
      return usePresence([2]);
    });
    act(() => client.setPresence({ user_id: 2, is_online: true, last_seen: null, status: 'online' }));
    const after = renderings;
    act(() => client.setPresence({ user_id: 9, is_online: true, last_seen: null, status: 'online' }));
    expect(result.current.get(2)?.status).toBe('online');
    expect(renderings).toBe(after);
  });

  it('choose how they are seen', async () => {
    const { result } = hook(pairClient(), useOwnPresence);
    await waitFor(() => expect(result.current.own?.status).toBe('online'));
    await act(() => result.current.set('invisible'));
    expect(result.current.own?.status).toBe('invisible');
  });
});

describe('search and upload', () => {
  it('asks when the text has settled', async () => {
    const client = pairClient({ messages: talk(12) });
    const search = vi.spyOn(client, 'search');
    const { result, rerender } = renderHook(({ text }) => useSearch({ text }), {
      initialProps: { text: '' }, wrapper: ({ children }: { readonly children: ReactNode }) => <ChatProvider client={client}>{children}</ChatProvider>,
    });
    rerender({ text: 'm' });
    rerender({ text: 'message 1' });
    expect(result.current.isWaiting).toBe(true);
    await waitFor(() => expect(result.current.items.length).toBeGreaterThan(0));
    expect(search).toHaveBeenCalledTimes(1);
  });

  it('tells how an upload stands', async () => {
    const { result } = hook(pairClient(), useUpload);
    expect(result.current.state).toBeNull();
    await act(async () => void await result.current.upload(new File(['x'], 'x.txt')));
    expect(result.current.state?.phase).toBe('done');
  });
});
