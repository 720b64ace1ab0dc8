/** A client in memory with files, for looking at the parts. */

import { ChatError, createStore } from '@workconnect/chat-client';
import type { Attachment, ChatClient, FoundMessage, Upload, UploadState } from '@workconnect/chat-client';
import { createFakeClient, makeConversation, makeId, makeMessage, makeParticipant } from '../src/testing.js';

const clara = makeParticipant(1, 'Clara Client', { role: 'owner' });
const felix = makeParticipant(2, 'Felix Freelancer', { user_role: 'freelancer' });
const ann = makeParticipant(3, 'Ann Agent', { role: 'admin' });
const layla = makeParticipant(4, 'ليلى حداد', { user_role: 'freelancer' });

/** The conversation that the parts are about, and a group. */
export const [pair, group] = [makeId(1), makeId(2)];

const wave = [3, 20, 38, 53, 67, 78, 86, 91, 92, 90, 84, 75, 63, 49, 33, 15, 8, 25, 42, 58, 71, 81, 88, 92, 92, 89, 82, 72, 59, 44, 28, 10, 13, 31, 47, 62, 74, 83, 90, 92];

function attachment(number: number, more: Partial<Attachment>): Attachment {
  const id = makeId(5_000_000 + number);
  return {
    id, name: 'file', content_type: 'application/octet-stream', size: 48_213, sha256: '', kind: 'file', width: null, height: null,
    duration_ms: null, waveform: null, url: '', thumbnail_url: null, created_at: new Date().toISOString(), ...more,
  };
}

const image = (number: number, width: number, height: number) =>
  attachment(number, { kind: 'image', name: `Küche ${number}.png`, content_type: 'image/png', width, height, thumbnail_url: 'x' });

/** Files of each kind. */
export const files = {
  wide: image(1, 1600, 900),
  tall: image(2, 600, 1400),
  square: image(3, 900, 900),
  voice: attachment(4, { kind: 'voice', name: 'voice.wav', content_type: 'audio/wav', duration_ms: 4180, waveform: wave }),
  pdf: attachment(5, { name: 'Offer with a rather long name, second round (final).pdf', content_type: 'application/pdf', size: 1_440_000 }),
  disguised: attachment(6, { name: 'photo\u202Egnp.exe', content_type: 'application/x-msdownload' }),
};

const found: FoundMessage[] = [
  { ...makeMessage(pair, 42, felix, 'Tom & I fix roofs; the roof of yours is next.'), highlight: 'Tom &amp; I fix <mark>roofs</mark>; the <mark>roof</mark> of yours is next.' },
  { ...makeMessage(group, 7, clara, 'A <b>roof</b>'), highlight: 'A &lt;b&gt;<mark>roof</mark>&lt;/b&gt; of a house that has stood for more than a hundred years, and whose tiles were made by hand…' },
];

/** Which uploads stay on their way, and which fail. */
function upload(file: Blob, name: string): Upload {
  const way = name.includes('slow') ? 'uploading' : name.includes('bad') ? 'failed' : 'done';
  const made = attachment(100 + name.length, { name, size: file.size });
  const state: UploadState = { phase: way, sentBytes: 0, totalBytes: file.size, progress: 0, attachment: null, error: null };
  const store = createStore(state);
  if (way === 'uploading') setTimeout(() => store.patch({ progress: 0.42 }), 50);
  const answer = way === 'done' ? Promise.resolve(made) : way === 'failed' ? Promise.reject(new ChatError('network', 'offline')) : new Promise<Attachment>(() => undefined);
  return { get: store.get, subscribe: store.subscribe, file, name, attachment: answer, cancel: () => undefined };
}

/** Colours and circles, drawn here: nothing is fetched. */
async function picture({ width, height }: Attachment): Promise<Blob> {
  const canvas = Object.assign(document.createElement('canvas'), { width: width ?? 320, height: height ?? 320 });
  const pen = canvas.getContext('2d');
  if (pen) {
    const sky = pen.createLinearGradient(0, 0, canvas.width, canvas.height);
    sky.addColorStop(0, '#f2b880');
    sky.addColorStop(1, '#3b6ea5');
    pen.fillStyle = sky;
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = '#fff8e7';
    pen.arc(canvas.width * 0.7, canvas.height * 0.3, Math.min(canvas.width, canvas.height) / 8, 0, 7);
    pen.fill();
  }
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture')))));
}

/** Four seconds of a tone, as WAV. */
function tone(): Blob {
  const [rate, seconds] = [8000, 4];
  const view = new DataView(new ArrayBuffer(44 + rate * seconds));
  const text = (at: number, value: string) => [...value].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  text(0, 'RIFF'); view.setUint32(4, view.byteLength - 8, true); text(8, 'WAVEfmt '); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true); view.setUint32(28, rate, true);
  view.setUint16(32, 1, true); view.setUint16(34, 8, true); text(36, 'data'); view.setUint32(40, rate * seconds, true);
  for (let at = 44; at < view.byteLength; at += 1) view.setUint8(at, 128 + 20 * Math.sin(at / 4));
  return new Blob([view], { type: 'audio/wav' });
}

type Listener = (frame: unknown) => void;

/** The client, and a way to have a message arrive. */
export function makeClient(): { client: ChatClient; arrive: (text: string) => void } {
  const last = makeMessage(group, 9, ann, 'The tiles come on Thursday, can you be there?', { created_at: new Date().toISOString() });
  const fake = createFakeClient({
    conversations: [
      makeConversation(1, { participants: [clara, felix], unread_count: 0 }),
      makeConversation(2, { title: 'Roof of the old mill', kind: 'group', participants: [clara, felix, ann, layla], unread_count: 12, last_message: last }),
      makeConversation(3, { participants: [clara, layla], unread_count: 120, muted: true, last_message: makeMessage(makeId(3), 4, layla, 'شكرا جزيلا، سأرسل الفاتورة غدا') }),
    ],
    messages: [makeMessage(pair, 1, clara, 'Could you look at the roof?'), makeMessage(pair, 2, felix, 'Yes, on Thursday. I will bring the tiles and the long ladder.')],
    presence: [
      { user_id: 2, is_online: true, last_seen: null, status: 'online' }, { user_id: 3, is_online: true, last_seen: null, status: 'away' },
      { user_id: 4, is_online: false, last_seen: new Date(Date.now() - 3_900_000).toISOString(), status: 'offline' },
    ],
    download: (wanted) => (wanted.kind === 'voice' ? Promise.resolve(tone()) : wanted.kind === 'image' ? picture(wanted) : Promise.resolve(new Blob(['bytes']))),
  });
  fake.conversation(group).people.set([{ userId: 2, name: 'Felix Freelancer' }, { userId: 3, name: 'Ann Agent' }]);
  fake.conversation(pair).people.set([{ userId: 2, name: 'Felix Freelancer' }]);
  const listeners = new Set<Listener>();
  const list = (items: readonly FoundMessage[]) => {
    const store = createStore({ items, hasMore: false, isLoading: false, error: null });
    return { ...store, loadMore: () => Promise.resolve(), reload: () => Promise.resolve() };
  };
  const client: ChatClient = {
    ...fake,
    files: { ...fake.files, upload: (file, options) => upload(file, options?.name ?? (file instanceof File ? file.name : 'voice')) },
    search: ({ text }) => list(text.startsWith('roo') ? found : []),
    on: (type, listener) => {
      if (type === 'message_received') listeners.add(listener as Listener);
      return () => void listeners.delete(listener as Listener);
    },
  };
  let seq = 20;
  const arrive = (text: string) => {
    const message = makeMessage(group, seq += 1, ann, text);
    listeners.forEach((listener) => listener({ type: 'message_received', conversation_id: group, seq: message.seq, actor_id: 3, message }));
  };
  return { client, arrive };
}
