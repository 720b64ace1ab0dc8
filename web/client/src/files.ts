/** Uploads with progress, downloads with the token. */
import type { Files, Upload, UploadState } from './api/files.js';
import { asChatError, type Rest } from './rest.js';
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
      const { post } = await import('./post.js');
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
