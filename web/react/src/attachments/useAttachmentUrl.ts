/** Attachments as URLs that a page can show: their bytes need a token, so an address alone would not do. */

import type { Attachment, ChatClient } from '@workconnect/chat-client';
import { useEffect, useState } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { ObjectUrls } from './objectUrls.js';

/** How a URL stands. */
export interface AttachmentUrl {
  readonly url: string | undefined;
  readonly failed: boolean;
  /** Tries again after it failed. */
  readonly retry: () => void;
}

const pools = new WeakMap<ChatClient, ObjectUrls>();

/** The pool of a client's object URLs. */
export function objectUrlsOf(client: ChatClient): ObjectUrls {
  const pool = pools.get(client) ?? new ObjectUrls();
  pools.set(client, pool);
  return pool;
}

/** The URL of an attachment, or of its small picture, as long as the component is there. Nothing is loaded while not `wanted`. */
export function useAttachmentUrl(attachment: Attachment, variant: 'full' | 'thumbnail', wanted = true): AttachmentUrl {
  const client = useChatClient();
  const [state, setState] = useState<{ readonly url?: string; readonly failed: boolean }>({ failed: false });
  const [attempt, setAttempt] = useState(0);
  const { id } = attachment;
  useEffect(() => {
    if (!wanted) return undefined;
    let over = false;
    setState((now) => (now.failed ? { failed: false } : now));
    const lease = objectUrlsOf(client).acquire(`${variant} ${id}`, (signal) => client.files.download(attachment, { variant, signal }));
    lease.url.then((url) => !over && setState({ url, failed: false }), () => !over && setState({ failed: true }));
    return () => {
      over = true;
      lease.release();
    };
    // The id says which attachment it is; its row may be another object after each load.
  }, [client, id, variant, wanted, attempt]);
  return { url: state.url, failed: state.failed, retry: () => setAttempt((before) => before + 1) };
}
