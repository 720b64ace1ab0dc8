/** An upload, a download; loaded with the first one. `fetch` tells no progress of what it sends, so it is the older way. */
import type { Files, UploadState } from './api/files.js';
import type { Rest } from './rest.js';
import type { WritableStore } from './store.js';
import type { Tokens } from './token.js';
import type { Attachment } from './wire.js';

const PATH = '/api/chat/attachments/';

/** What an upload needs. */
export interface UploadOptions {
  readonly rest: Rest;
  readonly tokens: Tokens;
  readonly file: Blob;
  readonly name: string;
  /** Any of them cancels it. */
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly state: WritableStore<UploadState>;
}

/** Sends the file, and keeps `state` up to date; a token that is refused is replaced once. */
export async function upload(options: UploadOptions): Promise<Attachment> {
  const { rest, file, state } = options;
  try {
    const attachment = await post(options);
    state.patch({ phase: 'done', sentBytes: file.size, progress: 1, attachment });
    return attachment;
  } catch (cause) {
    const error = rest.errorOf(cause);
    state.patch({ phase: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
    throw error;
  }
}

async function post(options: UploadOptions): Promise<Attachment> {
  const { rest, tokens } = options;
  for (let isSecond = false; ; isSecond = true) {
    const token = await tokens.get();
    const answer = await request(token, options);
    if (answer.status === 200 || answer.status === 201) return JSON.parse(answer.responseText) as Attachment;
    if (answer.status === 401) tokens.reject(token);
    if (answer.status !== 401 || isSecond) throw await rest.refusal(answer.status, answer.responseText, answer.getResponseHeader('Retry-After'));
  }
}

function request(token: string, { rest, file, name, signals, state }: UploadOptions): Promise<XMLHttpRequest> {
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  const onProgress = (sent: number): void => {
    const sentBytes = Math.min(sent, file.size);
    state.patch({ sentBytes, progress: file.size > 0 ? sentBytes / file.size : 1, phase: sentBytes >= file.size ? 'processing' : 'uploading' });
  };
  return new Promise((resolve, reject) => {
    const cancelled = (): void => reject(rest.error('cancelled', 'Cancelled.'));
    if (signal.aborted) return cancelled();
    const xhr = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file, name);
    xhr.open('POST', rest.url(PATH));
    xhr.setRequestHeader('Authorization', `Bearer ${token}`);
    xhr.upload.onprogress = (event) => onProgress(event.loaded);
    xhr.upload.onload = () => onProgress(file.size);
    xhr.onload = () => resolve(xhr);
    xhr.onerror = () => reject(rest.error('network', 'No answer.'));
    xhr.onabort = cancelled;
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}

/** The bytes of an attachment. */
export async function download(rest: Rest, { url, thumbnail_url }: Attachment, options: Parameters<Files['download']>[1] = {}): Promise<Blob> {
  const path = options.variant === 'thumbnail' ? (thumbnail_url ?? url) : url;
  return (await rest.fetch(rest.url(path), {}, options.signal)).blob();
}
