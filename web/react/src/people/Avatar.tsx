/** A person's picture: their own, or their letters. */

import { useState } from 'react';
import { usePresence } from '../hooks/usePeople.js';
import { useText } from '../i18n/useText.js';
import type { AvatarProps } from '../slots/props.js';

const HUES = 6;

/** A person's picture; the name is said elsewhere. */
export function Avatar({ id, name, url, size = 'md', showPresence = false }: AvatarProps) {
  const [broken, setBroken] = useState<string>();
  return (
    <span className="chat-avatar" data-size={size} data-hue={(id ?? 0) % HUES}>
      {url && url !== broken
        ? <img className="chat-avatar__face" src={url} alt="" loading="lazy" decoding="async" referrerPolicy="no-referrer" onError={() => setBroken(url)} />
        : <span className="chat-avatar__face" aria-hidden="true">{initials(name)}</span>}
      {showPresence && id !== null && <OnlineDot id={id} />}
    </span>
  );
}

function OnlineDot({ id }: { readonly id: number }) {
  const { t } = useText();
  const row = usePresence([id]).get(id);
  return row?.status === 'online' ? <span className="chat-avatar__presence" role="img" aria-label={t('online')} /> : null;
}

/** The first letters of the first and the last word. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter((word) => word !== '');
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...word ?? ''][0] ?? '');
  return letters.join('').toLocaleUpperCase() || '?';
}
