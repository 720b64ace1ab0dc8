/** The files of a message: pictures, voice messages, and everything else. */

import type { Attachment } from '@workconnect/chat-client';
import { useState } from 'react';
import { useText } from '../i18n/useText.js';
import { FileAttachment } from './FileAttachment.js';
import { ImageAttachment } from './ImageAttachment.js';
import { Lightbox, VoicePlayer } from '../laterParts.js';

/** Props of the files. */
export interface AttachmentListProps {
  readonly attachments: readonly Attachment[];
}

/** The files of a message. Pictures open in a lightbox. */
export function Attachments({ attachments }: AttachmentListProps) {
  const { t } = useText();
  const [shown, setShown] = useState<number>();
  const images = attachments.filter(isShownAsImage);
  const others = attachments.filter((attachment) => !isShownAsImage(attachment));
  return (
    <div className="chat-attachments" role="group" aria-label={t('attachmentsCount', { count: attachments.length })}>
      {images.length > 0 && (
        <div className="chat-images" data-count={Math.min(images.length, 4)}>
          {images.map((image, index) => <ImageAttachment key={image.id} attachment={image} isAlone={images.length === 1} onOpen={() => setShown(index)} />)}
        </div>
      )}
      {others.map((attachment) => attachment.kind === 'voice'
        ? <VoicePlayer key={attachment.id} attachment={attachment} />
        : <FileAttachment key={attachment.id} attachment={attachment} />)}
      {shown !== undefined && <Lightbox images={images} index={shown} onIndex={setShown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

function isShownAsImage({ kind, width, height }: Attachment): boolean {
  return kind === 'image' && width !== null && height !== null;
}
