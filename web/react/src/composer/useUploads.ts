/** The files of a message that is being written, sent while one writes. */

import type { Attachment, ChatClient, Upload } from '@workconnect/chat-client';
import { useEffect, useReducer, useRef } from 'react';
import { useText } from '../i18n/useText.js';
import { problemText } from '../i18n/problems.js';
import { nextUploads, uploads } from './uploads.js';
import type { UploadItem } from './uploads.js';

/** Files on their way. */
export interface ComposerUploads {
  readonly items: readonly UploadItem<Attachment>[];
  /** What is there already, in the order in which it was chosen. */
  readonly ready: readonly Attachment[];
  /** Whether something is still on its way. */
  readonly isBusy: boolean;
  add(files: readonly File[]): void;
  retry(key: string): void;
  /** Takes a file back, also while it is being sent. */
  remove(key: string): void;
  clear(): void;
}

const NONE: readonly UploadItem<Attachment>[] = [];
let keys = 0;

/** Sends files through `client`, a few at a time. What has not arrived is given up on unmount. */
export function useUploads(client: ChatClient): ComposerUploads {
  const { t } = useText();
  const [items, dispatch] = useReducer(uploads<Attachment>, NONE);
  const running = useRef(new Map<string, Upload>());

  useEffect(() => {
    for (const { key, file } of nextUploads(items)) {
      if (running.current.has(key)) continue;
      const upload = client.files.upload(file);
      running.current.set(key, upload);
      dispatch({ type: 'began', key });
      upload.subscribe(() => dispatch({ type: 'progress', key, progress: upload.get().progress }));
      upload.attachment.then(
        (attachment) => dispatch({ type: 'done', key, attachment }),
        (error: unknown) => dispatch({ type: 'failed', key, reason: problemText(t, error) }),
      ).finally(() => running.current.delete(key));
    }
  }, [items, client, t]);

  useEffect(() => {
    const uploading = running.current;
    return () => {
      for (const upload of uploading.values()) upload.cancel();
    };
  }, []);

  return {
    items,
    ready: items.flatMap(({ attachment }) => attachment ?? []),
    isBusy: items.some(({ status }) => status === 'waiting' || status === 'uploading'),
    add: (files) => dispatch({ type: 'add', files: files.map((file) => ({ key: `file-${keys += 1}`, file })) }),
    retry: (key) => dispatch({ type: 'retry', key }),
    remove(key) {
      running.current.get(key)?.cancel();
      dispatch({ type: 'remove', key });
    },
    clear: () => dispatch({ type: 'clear' }),
  };
}
