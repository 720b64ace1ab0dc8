/** Uploads with progress, downloads with the token. */
import type { Files, Upload, UploadState } from './api/files.js';
import { ChatError } from './errors.js';
import { asChatError, refusalOf, type Rest } from './rest.js';
import { createStore } from './store.js';
import type { Tokens } from './token.js';
import type { Attachment } from './wire.js';

const PATH = '/api/chat/attachments/';

/** Files of one person. */
export function files(rest: Rest, tokens: Tokens): Files {
  return {
    upload: (file, options = {}) => upload(rest.url(PATH), tokens, file, options),
    download: async (attachment, { variant = 'full', signal } = {}) => {
      const path = variant === 'thumbnail' ? (attachment.thumbnail_url ?? attachment.url) : attachment.url;
      return (await rest.fetch(rest.url(path), {}, signal)).blob();
    },
  };
}

function upload(url: string, tokens: Tokens, file: Blob, options: { readonly name?: string; readonly signal?: AbortSignal }): Upload {
  const name = options.name ?? (file instanceof File ? file.name : 'file');
  const state = createStore<UploadState>({ phase: 'uploading', sentBytes: 0, totalBytes: file.size, progress: 0, attachment: null, error: null });
  const abort = new AbortController();
  const cancel = (): void => abort.abort();
  options.signal?.addEventListener('abort', cancel, { once: true });
  if (options.signal?.aborted) cancel();

  const onProgress = (sent: number): void => {
    const sentBytes = Math.min(sent, file.size);
    state.patch({ sentBytes, progress: file.size > 0 ? sentBytes / file.size : 1, phase: sentBytes >= file.size ? 'processing' : 'uploading' });
  };
  const run = async (): Promise<Attachment> => {
    try {
      const attachment = await post(url, tokens, file, name, onProgress, abort.signal);
      state.patch({ phase: 'done', sentBytes: file.size, progress: 1, attachment });
      return attachment;
    } catch (cause) {
      const error = asChatError(cause);
      state.patch({ phase: error.code === 'cancelled' ? 'cancelled' : 'failed', error });
      throw error;
    }
  };
  const attachment = run();
  attachment.catch(() => undefined);
  return { get: state.get, subscribe: state.subscribe, file, name, attachment, cancel };
}

/** One form with the file; a token that is refused is replaced once. `fetch` tells no progress of what it sends. */
async function post(url: string, tokens: Tokens, file: Blob, name: string, onProgress: (sent: number) => void, signal: AbortSignal): Promise<Attachment> {
  for (let isSecond = false; ; isSecond = true) {
    const token = await tokens.get();
    const answer = await request(url, token, file, name, onProgress, signal);
    if (answer.status === 200 || answer.status === 201) return JSON.parse(answer.responseText) as Attachment;
    if (answer.status === 401) tokens.reject(token);
    if (answer.status !== 401 || isSecond) throw refusalOf(answer.status, answer.responseText, answer.getResponseHeader('Retry-After'));
  }
}

function request(url: string, token: string, file: Blob, name: string, onProgress: (sent: number) => void, signal: AbortSignal): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const cancelled = (): void => reject(new ChatError('cancelled', 'Cancelled.'));
    if (signal.aborted) return cancelled();
    const xhr = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file, name);
    xhr.open('POST', url);
    xhr.setRequestHeader('Authorization', `Bearer ${token}`);
    xhr.upload.onprogress = (event) => onProgress(event.loaded);
    xhr.upload.onload = () => onProgress(file.size);
    xhr.onload = () => resolve(xhr);
    xhr.onerror = () => reject(new ChatError('network', 'No answer.'));
    xhr.onabort = cancelled;
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}
