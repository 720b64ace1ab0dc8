/** The files of a message before it is sent: a small picture or a label, how far each is, and what to do about it. */

import type { Attachment } from '@workconnect/chat-client';
import { useEffect, useState } from 'react';
import { fileLabel, formatBytes, shownName } from '../attachments/bytes.js';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import type { UploadItem } from './uploads.js';

/** Props of the tray. */
export interface FileTrayProps {
  readonly items: readonly UploadItem<Attachment>[];
  readonly onRetry: (key: string) => void;
  readonly onRemove: (key: string) => void;
}

/** The files of a message before it is sent. */
export function FileTray({ items, onRetry, onRemove }: FileTrayProps) {
  const { t } = useText();
  const ready = items.filter(({ status }) => status === 'done').length;
  return (
    <>
      {/* There before anything happens: only changes of what is there are read out. */}
      <span role="status" className="chat-sr-only">{ready > 0 && t('filesReady', { count: ready })}</span>
      {items.length > 0 && (
        <ul className="chat-tray" aria-label={t('attachedFiles')}>
          {items.map((item) => (
            <TrayItem key={item.key} item={item} onRetry={() => onRetry(item.key)} onRemove={() => onRemove(item.key)} />
          ))}
        </ul>
      )}
    </>
  );
}

interface TrayItemProps {
  readonly item: UploadItem<Attachment>;
  readonly onRetry: () => void;
  readonly onRemove: () => void;
}

function TrayItem({ item, onRetry, onRemove }: TrayItemProps) {
  const { t, locale } = useText();
  const { file, status, progress } = item;
  const name = shownName(file.name);
  const percent = new Intl.NumberFormat(locale, { style: 'percent' }).format(progress);
  const running = status === 'waiting' || status === 'uploading';
  return (
    <li className="chat-tray__item" data-status={status}>
      <Preview file={file} />
      <span className="chat-tray__text">
        <bdi className="chat-tray__name">{name}</bdi>
        <span className="chat-tray__note">{status === 'failed' ? item.reason : status === 'uploading' ? percent : formatBytes(file.size, locale)}</span>
      </span>
      {running && (
        <progress className="chat-tray__progress" value={progress} max={1} aria-label={status === 'waiting' ? t('uploadWaiting', { name }) : t('uploading', { name, percent })} />
      )}
      {status === 'failed' && (
        <button type="button" className="chat-icon-button" data-size="sm" aria-label={t('uploadRetry', { name })} title={t('uploadRetry', { name })} onClick={onRetry}>
          <Icon name="retry" />
        </button>
      )}
      <button type="button" className="chat-icon-button" data-size="sm" aria-label={t('removeFile', { name })} title={t('removeFile', { name })} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}

const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/;

/** A small picture of the file on this device, if browsers can show it. */
function Preview({ file }: { readonly file: File }) {
  const url = useLocalUrl(PICTURES.test(file.type) ? file : undefined);
  if (url) return <img className="chat-tray__preview" src={url} alt="" width={40} height={40} />;
  return <span className="chat-tray__preview chat-file__label" aria-hidden="true">{fileLabel(file.name, file.type) || <Icon name="file" />}</span>;
}

function useLocalUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file) return undefined;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
