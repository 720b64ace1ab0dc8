import { act, render, screen, waitFor } from '@testing-library/react';
import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import { useChatClient, useConnection } from '../hooks/useClient.js';
import { createFakeClient } from '../testing.js';
import { ChatProvider } from './ChatProvider.js';
import { OwnedClient } from './OwnedClient.js';

const config = { url: 'wss://chat.example.com', getToken: () => 'token' };

function State() {
  return <p>{useConnection().state}</p>;
}

it('leaves a given client alone', () => {
  const client = createFakeClient();
  const { unmount } = render(<StrictMode><ChatProvider client={client}><State /></ChatProvider></StrictMode>);
  expect(screen.getByText('connected')).toBeInTheDocument();
  unmount();
  expect(client.lifecycle).toEqual([]);
});

it('holds a client of its own once, also when it is let go and held again at once', async () => {
  vi.useFakeTimers();
  const client = createFakeClient();
  const owned = new OwnedClient(config, () => client);
  const first = owned.hold();
  first();
  const second = owned.hold();
  await vi.runAllTimersAsync();
  expect(client.lifecycle.filter((call) => call === 'close')).toEqual([]);
  second();
  await vi.runAllTimersAsync();
  expect(client.lifecycle.at(-1)).toBe('close');
  expect(owned.isClosed).toBe(true);
  vi.useRealTimers();
});

it('connects with a configuration, one socket under StrictMode', async () => {
  const sockets: string[] = [];
  class QuietSocket extends EventTarget {
    static readonly OPEN = 1;
    readonly readyState = 0;
    constructor(url: string) {
      super();
      sockets.push(String(url));
    }
    send() {}
    close() {}
  }
  vi.stubGlobal('WebSocket', QuietSocket);
  const { unmount } = render(<StrictMode><ChatProvider config={config}><State /></ChatProvider></StrictMode>);
  await waitFor(() => expect(sockets.length).toBeGreaterThan(0));
  await act(() => new Promise((resolve) => setTimeout(resolve, 20)));
  expect(sockets).toHaveLength(1);
  unmount();
  vi.unstubAllGlobals();
});

it('renders on a server without opening anything', () => {
  const open = vi.fn();
  vi.stubGlobal('WebSocket', open);
  expect(renderToString(<ChatProvider config={config}><State /></ChatProvider>)).toContain('idle');
  expect(open).not.toHaveBeenCalled();
  vi.unstubAllGlobals();
});

it('says so where there is none', () => {
  function Lost() {
    useChatClient();
    return null;
  }
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(() => render(<Lost />)).toThrow('ChatProvider');
});
