/** Pictures over the whole page: fitted or in full size, one after the other, to be saved. */

import type { Attachment } from '@workconnect/chat-client';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useText } from '../i18n/useText.js';
import { Dialog } from '../primitives/Dialog.js';
import { Icon } from '../primitives/Icon.js';
import type { IconName } from '../primitives/Icon.js';
import { shownName } from './bytes.js';
import { useAttachmentUrl } from './useAttachmentUrl.js';
import { useDownload } from './useDownload.js';

/** Props of the lightbox. */
export interface LightboxProps {
  readonly images: readonly Attachment[];
  /** Which one is shown. */
  readonly index: number;
  readonly onIndex: (index: number) => void;
  readonly onClose: () => void;
}

/** Pictures over the whole page. Arrow keys go to the next one, Esc closes. */
export function Lightbox({ images, index, onIndex, onClose }: LightboxProps) {
  const { t } = useText();
  const image = images[index];
  if (!image) return null;
  const go = (by: number) => {
    if (images[index + by]) onIndex(index + by);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const ahead = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1;
    if (event.key === 'ArrowRight') go(ahead);
    else if (event.key === 'ArrowLeft') go(-ahead);
  };
  return (
    <Dialog open onClose={onClose} className="chat chat-lightbox" data-theme="dark" aria-label={t('lightbox', { name: shownName(image.name) })} onKeyDown={onKeyDown}>
      <Stage key={image.id} image={image} onClose={onClose} />
      {images.length > 1 && (
        <>
          <span className="chat-lightbox__count" role="status">{t('lightboxOf', { index: index + 1, count: images.length })}</span>
          <Tool icon="back" className="chat-lightbox__previous" label={t('previousImage')} disabled={index === 0} onClick={() => go(-1)} />
          <Tool icon="back" className="chat-lightbox__next" label={t('nextImage')} disabled={index === images.length - 1} onClick={() => go(1)} />
        </>
      )}
    </Dialog>
  );
}

function Stage({ image, onClose }: { readonly image: Attachment; readonly onClose: () => void }) {
  const { t } = useText();
  const [zoomed, setZoomed] = useState(false);
  const full = useAttachmentUrl(image, 'full');
  const small = useAttachmentUrl(image, 'thumbnail', image.thumbnail_url !== null);
  const download = useDownload(image);
  const url = full.url ?? small.url;
  const zoom = zoomed ? t('zoomOut') : t('zoomIn');
  return (
    <>
      <div className="chat-lightbox__bar">
        <bdi className="chat-lightbox__name">{shownName(image.name)}</bdi>
        <Tool icon="search" label={zoom} pressed={zoomed} onClick={() => setZoomed(!zoomed)} />
        <Tool icon="download" label={t('download')} onClick={download.start} />
        <Tool icon="close" label={t('close')} onClick={onClose} />
      </div>
      <div className="chat-lightbox__stage" data-zoomed={zoomed || undefined} {...(zoomed && { tabIndex: 0, role: 'group', 'aria-label': shownName(image.name) })}>
        {url && !full.failed && (
          <img src={url} alt={shownName(image.name)} width={image.width ?? undefined} height={image.height ?? undefined} onClick={() => setZoomed(!zoomed)} />
        )}
        {!full.url && !full.failed && <span className="chat-spinner" />}
        {full.failed && <button type="button" className="chat-button" onClick={full.retry}><Icon name="retry" /> {t('imageFailed')}</button>}
      </div>
    </>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly className?: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly onClick: () => void;
}

function Tool({ icon, label, className = '', disabled = false, pressed, onClick }: ToolProps) {
  return (
    <button type="button" className={`chat-icon-button ${className}`} aria-label={label} title={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
