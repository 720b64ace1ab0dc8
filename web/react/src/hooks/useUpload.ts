/** Files on their way. */

import type { Attachment, Upload, UploadState } from '@workconnect/chat-client';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useChatClient } from './useClient.js';
import { useOptionalStore } from './useStore.js';

/** One upload after the other. */
export interface UploadView {
  /** How the latest one stands; null before the first. */
  readonly state: UploadState | null;
  /** Begins at once. The one before is cancelled if it still goes on. */
  readonly upload: (file: Blob, name?: string) => Promise<Attachment>;
  readonly cancel: () => void;
}

/** Uploads a file and tells how far it has come. Leaving the component cancels it. */
export function useUpload(): UploadView {
  const { files } = useChatClient();
  const [current, setCurrent] = useState<Upload>();
  const state = useOptionalStore<UploadState | null>(current, null);
  useEffect(() => () => current?.cancel(), [current]);
  const upload = useCallback((file: Blob, name?: string) => {
    const next = files.upload(file, name === undefined ? {} : { name });
    setCurrent(next);
    return next.attachment;
  }, [files]);
  return useMemo(() => ({ state, upload, cancel: () => current?.cancel() }), [state, upload, current]);
}
