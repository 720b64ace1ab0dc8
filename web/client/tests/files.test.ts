/** Uploads tell how far they are, can be stopped, and replace a token that is refused; REST does the same. */
import { afterEach, expect, test, vi } from 'vitest';
import { files } from '../src/files.js';
import { Rest } from '../src/rest.js';
import { Tokens } from '../src/token.js';
import type { Attachment } from '../src/index.js';

/** The parts of a browser's XMLHttpRequest that are used; tests answer it. */
class FakeXhr {
  static last: FakeXhr;
  static sent = 0;
  readonly upload: { onprogress?: (event: { loaded: number }) => void; onload?: () => void } = {};
  readonly headers: Record<string, string> = {};
  status = 0;
  responseText = '';
  body: FormData | undefined;
  onload = (): void => undefined;
  onerror = (): void => undefined;
  onabort = (): void => undefined;
  constructor() {
    FakeXhr.last = this;
  }
  open(): void {}
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }
  send(body: FormData): void {
    this.body = body;
    FakeXhr.sent += 1;
  }
  abort(): void {
    this.onabort();
  }
  getResponseHeader(): null {
    return null;
  }
  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload();
  }
}

vi.stubGlobal('XMLHttpRequest', FakeXhr);
afterEach(() => void (FakeXhr.sent = 0));

/** Until so many forms have been sent. */
const sent = (count: number): Promise<void> => vi.waitFor(() => expect(FakeXhr.sent).toBe(count), { timeout: 10_000 });
const attachment = { id: 'a-1', url: '/api/chat/attachments/a-1/', thumbnail_url: '/api/chat/attachments/a-1/thumbnail/' } as Attachment;

function made(fetcher: typeof fetch = fetch) {
  let minted = 0;
  const reasons: string[] = [];
  const tokens = new Tokens(({ reason }) => (reasons.push(reason), `t-${(minted += 1)}`), () => undefined);
  const rest = new Rest('http://chat.test/', tokens, fetcher);
  return { reasons, rest, files: files(rest, tokens) };
}

test('an upload goes from the first byte to the attachment', async () => {
  const upload = made().files.upload(new File(['0123456789'], 'plan.pdf'));
  await sent(1);
  expect(FakeXhr.last.headers['Authorization']).toBe('Bearer t-1');
  expect((FakeXhr.last.body!.get('file') as File).name).toBe('plan.pdf');
  FakeXhr.last.upload.onprogress!({ loaded: 5 });
  expect(upload.get()).toMatchObject({ phase: 'uploading', progress: 0.5, sentBytes: 5, totalBytes: 10 });
  FakeXhr.last.upload.onload!();
  expect(upload.get().phase).toBe('processing');
  FakeXhr.last.answer(201, attachment);
  expect(await upload.attachment).toEqual(attachment);
  expect(upload.get()).toMatchObject({ phase: 'done', progress: 1, attachment, error: null });
});

test('an upload is cancelled, refused, or repeated with another token', async () => {
  const { files: some, reasons } = made();
  const cancelled = some.upload(new Blob(['x']), { name: 'x' });
  await sent(1);
  cancelled.cancel();
  await expect(cancelled.attachment).rejects.toMatchObject({ code: 'cancelled' });
  expect(cancelled.get().phase).toBe('cancelled');

  const refused = some.upload(new Blob(['x']));
  await sent(2);
  FakeXhr.last.answer(413, { code: 'too_large', detail: 'Too large.' });
  await expect(refused.attachment).rejects.toMatchObject({ code: 'too_large', status: 413 });
  expect(refused.get().phase).toBe('failed');

  const repeated = some.upload(new Blob(['x']));
  await sent(3);
  FakeXhr.last.answer(401, { code: 'not_authenticated', detail: 'No.' });
  await sent(4);
  expect(FakeXhr.last.headers['Authorization']).toBe('Bearer t-2');
  expect(reasons).toEqual(['connect', 'rejected']);
  FakeXhr.last.answer(200, attachment);
  expect(await repeated.attachment).toEqual(attachment);
});

test('bytes are fetched with the token', async () => {
  const seen: string[] = [];
  const { files: some } = made((input, init) => {
    seen.push(`${String(input)} ${new Headers(init?.headers).get('Authorization')}`);
    return Promise.resolve(new Response('bytes'));
  });
  expect(await (await some.download(attachment, { variant: 'thumbnail' })).text()).toBe('bytes');
  expect(seen).toEqual(['http://chat.test/api/chat/attachments/a-1/thumbnail/ Bearer t-1']);
});

test('one token is asked for at a time, and one that is refused is replaced once', async () => {
  const { rest, reasons } = made((_, init) => {
    const isFirst = new Headers(init?.headers).get('Authorization') === 'Bearer t-1';
    return Promise.resolve(isFirst ? Response.json({ code: 'not_authenticated', detail: 'No.' }, { status: 401 }) : Response.json({ total: 1, conversations: [] }));
  });
  const answers = await Promise.all([rest.call('get', '/api/chat/unread/'), rest.call('get', '/api/chat/unread/')]);
  expect(answers.map((answer) => answer.total)).toEqual([1, 1]);
  expect(reasons).toEqual(['connect', 'rejected']);
});

test('reading is tried again when it is not answered, writing is not', async () => {
  let calls = 0;
  const { rest } = made(() => ((calls += 1), calls < 2 ? Promise.reject(new TypeError('no network')) : Promise.resolve(Response.json({ total: 0, conversations: [] }))));
  vi.spyOn(Math, 'random').mockReturnValue(0);
  await rest.call('get', '/api/chat/unread/');
  expect(calls).toBe(2);
  calls = 0;
  await expect(rest.call('post', '/api/auth/ticket/')).rejects.toMatchObject({ code: 'network', retryable: true });
  expect(calls).toBe(1);
  vi.restoreAllMocks();
});
