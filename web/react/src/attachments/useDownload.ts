/** Saving an attachment on the person's device. */

import type { Attachment } from '@workconnect/chat-client';
import { useState } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { objectUrlsOf } from './useAttachmentUrl.js';

/** A download and how it stands. */
export interface Download {
  readonly phase: 'idle' | 'loading' | 'failed';
  readonly start: () => void;
}

const KEEP_MS = 60_000;

/** Loads an attachment and has the browser save it under its name. */
export function useDownload(attachment: Attachment): Download {
  const client = useChatClient();
  const [phase, setPhase] = useState<Download['phase']>('idle');
  const start = async () => {
    if (phase === 'loading') return;
    setPhase('loading');
    const lease = objectUrlsOf(client).acquire(`full ${attachment.id}`, (signal) => client.files.download(attachment, { variant: 'full', signal }));
    try {
      save(await lease.url, attachment.name);
      setPhase('idle');
    } catch {
      setPhase('failed');
    }
    // Browsers read the URL some time after the click.
    setTimeout(lease.release, KEEP_MS);
  };
  return { phase, start: () => void start() };
}

function save(url: string, name: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[/\\]/g, '_');
  link.click();
}
