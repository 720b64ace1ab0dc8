/** A file in a message: its name, size and kind; a click saves it. */

import type { Attachment } from '@workconnect/chat-client';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { fileLabel, formatBytes, shownName } from './bytes.js';
import { useDownload } from './useDownload.js';

/** A file that can be saved. */
export function FileAttachment({ attachment }: { readonly attachment: Attachment }) {
  const { t, locale } = useText();
  const { phase, start } = useDownload(attachment);
  const name = shownName(attachment.name);
  const size = formatBytes(attachment.size, locale);
  return (
    <>
      <button type="button" className="chat-file" aria-busy={phase === 'loading'} onClick={start}>
        <span className="chat-sr-only">{t('download')}</span>
        <span className="chat-file__label" aria-hidden="true">{fileLabel(attachment.name, attachment.content_type) || <Icon name="file" />}</span>
        <span className="chat-file__text">
          <bdi className="chat-file__name">{name}</bdi>
          <span className="chat-file__note">{size}</span>
        </span>
        {phase === 'loading' ? <span className="chat-spinner" /> : <Icon name="download" />}
      </button>
      <span role="status" className="chat-file__problem">{phase === 'failed' && t('downloadFailed', { name })}</span>
    </>
  );
}
