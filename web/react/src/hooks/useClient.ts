/** The client itself, its connection and its events. */

import type { ChatClient, ChatEventMap, ChatEventType, ConnectionStatus, UserId } from '@workconnect/chat-client';
import { useEffect, useMemo, useRef } from 'react';
import { useChatContext } from '../provider/context.js';
import { useStore } from './useStore.js';

/** The client of the provider above. */
export function useChatClient(): ChatClient {
  return useChatContext().client;
}

/** Who one is; null before the first connection. */
export function useUserId(): UserId | null {
  return useStore(useChatClient().userId);
}

/** The state of the connection, and a way not to wait for the next attempt. */
export function useConnection(): ConnectionStatus & { readonly reconnectNow: () => void } {
  const client = useChatClient();
  const status = useStore(client.status);
  return useMemo(() => ({ ...status, reconnectNow: () => client.reconnectNow() }), [client, status]);
}

/** Calls `listener`, always the latest one, for each frame of a type. */
export function useChatEvent<T extends ChatEventType>(type: T, listener: (frame: ChatEventMap[T]) => void): void {
  const client = useChatClient();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => client.on(type, (frame) => latest.current(frame)), [client, type]);
}
