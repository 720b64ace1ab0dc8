/** Uploads with progress, downloads with the token. */
import type { Files, UploadState } from './api/files.js';
import type { Rest } from './rest.js';
import { createStore } from './store.js';
import type { Tokens } from './token.js';

const transfers = () => import('./upload.js');

/** Files of one person. */
export function files(rest: Rest, tokens: Tokens): Files {
  return {
    upload: (file, { name = file instanceof File ? file.name : 'file', signal } = {}) => {
      const state = createStore<UploadState>({ phase: 'uploading', sentBytes: 0, totalBytes: file.size, progress: 0, attachment: null, error: null });
      const abort = new AbortController();
      const attachment = transfers().then(({ upload }) => upload({ rest, tokens, file, name, signals: [abort.signal, signal], state }));
      attachment.catch(() => undefined);
      return { get: state.get, subscribe: state.subscribe, file, name, attachment, cancel: () => abort.abort() };
    },
    download: async (attachment, options) => (await transfers()).download(rest, attachment, options),
  };
}
