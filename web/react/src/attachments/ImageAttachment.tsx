/** A picture in a message: its small form, in a place that is kept free before it has come. */

import type { Attachment } from '@workconnect/chat-client';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { fitWithin, shownName } from './bytes.js';
import { useAttachmentUrl } from './useAttachmentUrl.js';

/** Props of a picture. */
export interface ImageAttachmentProps {
  readonly attachment: Attachment;
  /** Alone it keeps its shape; among others it is cut to a square. */
  readonly isAlone: boolean;
  readonly onOpen: () => void;
}

const MAX_WIDTH = 320;
const MAX_HEIGHT = 320;
/** Smaller ones could not be clicked. */
const MIN_SIDE = 48;

/** A picture that opens in the lightbox. */
export function ImageAttachment({ attachment, isAlone, onOpen }: ImageAttachmentProps) {
  const { t } = useText();
  const { url, failed, retry } = useAttachmentUrl(attachment, attachment.thumbnail_url ? 'thumbnail' : 'full');
  const name = shownName(attachment.name);
  const fitted = fitWithin(attachment.width ?? MAX_WIDTH, attachment.height ?? MAX_HEIGHT, MAX_WIDTH, MAX_HEIGHT);
  const size = { width: Math.max(fitted.width, MIN_SIDE), height: Math.max(fitted.height, MIN_SIDE) };
  const box = isAlone ? { style: { width: size.width, aspectRatio: `${size.width} / ${size.height}` } } : {};
  if (failed) {
    return (
      <button type="button" className="chat-image" data-failed {...box} onClick={retry}>
        <Icon name="retry" /> <span>{t('imageFailed')}</span>
      </button>
    );
  }
  return (
    <button type="button" className="chat-image" data-loading={!url || undefined} {...box} aria-label={t('openImage', { name })} aria-haspopup="dialog" onClick={onOpen}>
      {url && <img src={url} alt="" width={size.width} height={size.height} decoding="async" draggable={false} />}
    </button>
  );
}
