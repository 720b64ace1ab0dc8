/** The examples that Rust and the documents share: each is of the type that this client has for it, and is heard without harm. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { createChatClient, type ServerFrame } from '../src/index.js';
import { memoryStorage } from '../src/outbox/storage.js';
import type { TransportListener } from '../src/api/transport.js';
import { tokenOf } from './support/server.js';

const ROOT = new URL('../../../', import.meta.url);
const GOLDEN = new URL('libs/protocol/tests/golden/v1/', ROOT);

/** Types by the kind of frame, as the schemas list them. */
function typesOf(...folders: string[]): Set<string> {
  return new Set(folders.flatMap((folder) => readdirSync(new URL(`schemas/v1/${folder}/`, ROOT))).map((name) => name.replace('.json', '')));
}

const examples = readdirSync(GOLDEN).map((name) => ({ name, value: JSON.parse(readFileSync(new URL(name, GOLDEN), 'utf8')) as { type?: string } }));
const of = (types: Set<string>): typeof examples => examples.filter(({ value }) => types.has(value.type ?? ''));
const serverTypes = typesOf('events', 'server');
const clientTypes = typesOf('client');

/** Answers of REST that the client hands on. */
const ANSWERS: Record<string, string> = {
  'account.json': 'Account',
  'attachment.json': 'Attachment',
  'attachment_voice.json': 'Attachment',
  'block.json': 'Block',
  'conversation.json': 'Conversation',
  'found_message.json': 'FoundMessage',
  'message.json': 'Message',
  'message_of_the_system.json': 'Message',
  'message_tombstone.json': 'Message',
  'message_with_attachments.json': 'Message',
  'own_presence.json': 'OwnPresence',
  'participant.json': 'Participant',
  'problem_invalid.json': 'Problem',
  'problem_outcome_unknown.json': 'Problem',
  'problem_rate_limited.json': 'Problem',
  'report.json': 'Report',
  'unread.json': 'Unread',
};

/** What the compiler says of these constants. */
function complaints(constants: { name: string; type: string; value: unknown }[]): string[] {
  const file = new URL('golden.generated.ts', import.meta.url).pathname;
  const names = [...new Set(constants.map((one) => one.type))].join(', ');
  const lines = constants.map(({ name, type, value }) => `export const ${name.replace(/\W/g, '_')}: ${type} = ${JSON.stringify(value)};`);
  const text = [`import type { ${names} } from '../src/index.js';`, ...lines].join('\n');
  const { options } = ts.convertCompilerOptionsFromJson(
    { target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', strict: true, noEmit: true, exactOptionalPropertyTypes: true, skipLibCheck: true, types: [] },
    '.',
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  host.getSourceFile = (name, ...others) => (name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile.call(host, name, ...others));
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n'));
}

test('every type of frame has an example', () => {
  expect(new Set(of(serverTypes).map(({ value }) => value.type))).toEqual(serverTypes);
  expect(new Set(of(clientTypes).map(({ value }) => value.type))).toEqual(clientTypes);
});

test('examples are of their types', () => {
  const typed = [
    ...of(serverTypes).map((one) => ({ ...one, type: 'ServerFrame' })),
    ...of(clientTypes).map((one) => ({ ...one, type: 'ClientFrame' })),
    ...examples.flatMap((one) => (ANSWERS[one.name] ? [{ ...one, type: ANSWERS[one.name]! }] : [])),
  ];
  expect(typed.length).toBeGreaterThan(50);
  expect(complaints(typed)).toEqual([]);
  expect(complaints([{ name: 'wrong', type: 'ServerFrame', value: { type: 'ready', user_id: '1' } }])).not.toEqual([]);
});

test('frames are heard, each by its name', async () => {
  let listener!: TransportListener;
  const client = createChatClient({
    url: 'ws://chat.test',
    getToken: () => tokenOf(1),
    storage: memoryStorage(),
    fetch: () => Promise.resolve(Response.json({ code: 'not_found', detail: 'No.' }, { status: 404 })),
    transport: (_, given) => ((listener = given), { send: () => true, close: () => undefined }),
  });
  const heard = new Set<string>();
  for (const type of serverTypes) client.on(type as ServerFrame['type'], (frame) => heard.add(frame.type));
  const connected = client.connect();
  await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  const frames = of(serverTypes).map(({ value }) => value as ServerFrame);
  listener.frame(frames.find((frame) => frame.type === 'ready')!);
  await connected;
  for (const frame of frames) listener.frame(frame);
  expect(heard).toEqual(serverTypes);
  await client.close();
});
