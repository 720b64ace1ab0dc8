/** Components with a client in memory, and axe. */

import { render } from '@testing-library/react';
import axe from 'axe-core';
import type { ReactElement } from 'react';
import { expect } from 'vitest';
import { ChatProvider } from '../src/index.js';
import { createFakeClient, makeConversation, makeId, makeMessage, makeParticipant } from '../src/testing.js';
import type { FakeClient, FakeClientOptions } from '../src/testing.js';

export const clara = makeParticipant(1, 'Clara Client', { role: 'owner' });
export const felix = makeParticipant(2, 'Felix Freelancer');

/** The conversation of Clara (oneself) and Felix. */
export const PAIR = makeId(1);

/** Messages of the pair, from Felix and Clara in turns, a minute apart. */
export function talk(count: number) {
  return Array.from({ length: count }, (_, index) => makeMessage(PAIR, index + 1, index % 2 ? clara : felix, `message ${index + 1}`));
}

/** A client with the pair, and what else a test needs. */
export function pairClient(options: FakeClientOptions = {}): FakeClient {
  const messages = options.messages ?? talk(3);
  return createFakeClient({ conversations: [makeConversation(1, { participants: [clara, felix], last_message: messages.at(-1) ?? null, last_seq: messages.at(-1)?.seq ?? 1 })], ...options, messages });
}

/** Renders below a provider. */
export function renderChat(element: ReactElement, client: FakeClient, locale = 'en') {
  return render(element, { wrapper: ({ children }) => <ChatProvider client={client} locale={locale}>{children}</ChatProvider> });
}

/** What axe finds wrong with what is on the page; colours cannot be seen here. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}
