/** What tests of the parts stand on: a client in memory whose files and events the test decides. */

import { createStore } from '@workconnect/chat-client';
import type { Attachment, ChatClient, ChatEventMap, Upload, UploadState, WritableStore } from '@workconnect/chat-client';
import { render } from '@testing-library/react';
import axe from 'axe-core';
import type { ReactElement } from 'react';
import { expect } from 'vitest';
import { ChatProvider } from '../src/index.js';
import { Announcer, ComposerTargetScope } from '../src/primitives.js';
import { createFakeClient, makeConversation, makeId, makeParticipant } from '../src/testing.js';
import type { FakeClient, FakeClientOptions } from '../src/testing.js';

/** The id of the conversation of Clara, who looks at the page, and Felix. */
export const PAIR = makeId(1);

/** An upload whose course the test decides. */
export interface HeldUpload {
  readonly file: Blob;
  readonly state: WritableStore<UploadState>;
  readonly finish: (attachment: Attachment) => void;
  readonly fail: (error: unknown) => void;
  cancelled: boolean;
}

/** A client, and what a server would do to it. */
export interface PartsClient {
  readonly client: ChatClient;
  readonly fake: FakeClient;
  readonly uploads: HeldUpload[];
  readonly emit: <T extends keyof ChatEventMap>(type: T, frame: ChatEventMap[T]) => void;
}

/** Makes a client with the conversation of two people. */
export function partsClient(options: FakeClientOptions = {}): PartsClient {
  const people = [makeParticipant(1, 'Clara Client', { role: 'owner' }), makeParticipant(2, 'Felix Freelancer')];
  const fake = createFakeClient({ conversations: [makeConversation(1, { participants: people })], settle: () => Promise.resolve(), ...options });
  const uploads: HeldUpload[] = [];
  const listeners = new Map<string, Set<(frame: never) => void>>();
  const upload = (file: Blob, name: string): Upload => {
    const state = createStore<UploadState>({ phase: 'uploading', sentBytes: 0, totalBytes: file.size, progress: 0, attachment: null, error: null });
    const held: HeldUpload = { file, state, finish: () => undefined, fail: () => undefined, cancelled: false };
    const attachment = new Promise<Attachment>((finish, fail) => Object.assign(held, { finish, fail }));
    uploads.push(held);
    return { ...state, file, name, attachment, cancel: () => { held.cancelled = true; } };
  };
  const client: ChatClient = {
    ...fake,
    files: { ...fake.files, upload: (file, { name } = {}) => upload(file, name ?? (file instanceof File ? file.name : 'file')) },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set();
      listeners.set(type, set.add(listener as never));
      return () => void set.delete(listener as never);
    },
  };
  return { client, fake, uploads, emit: (type, frame) => listeners.get(type)?.forEach((listener) => listener(frame as never)) };
}

/** Renders something below a provider, as a window would. */
export function renderPart(element: ReactElement, client: ChatClient) {
  const around = (content: ReactElement) => (
    <ChatProvider client={client}><Announcer><ComposerTargetScope>{content}</ComposerTargetScope></Announcer></ChatProvider>
  );
  const rendered = render(around(element));
  return { ...rendered, change: (next: ReactElement) => rendered.rerender(around(next)) };
}

/** An attachment as the server would make it. */
export function makeAttachment(number: number, more: Partial<Attachment> = {}): Attachment {
  return {
    id: makeId(5_000_000 + number), name: `file-${number}.pdf`, content_type: 'application/pdf', size: 48_213, sha256: '', kind: 'file', width: null,
    height: null, duration_ms: null, waveform: null, url: '', thumbnail_url: null, created_at: '2026-11-23T09:10:40Z', ...more,
  };
}

/** Fails if the page has something that axe objects to. Colours are looked at in real browsers: jsdom has none. */
export async function expectAccessible(container: Element): Promise<void> {
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}
