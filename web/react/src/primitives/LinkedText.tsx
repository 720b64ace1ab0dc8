/** What people wrote, as text: addresses become links, nothing becomes markup. */

import type { Opts } from 'linkifyjs';
import Linkify from 'linkify-react';

const OPTIONS: Opts = {
  defaultProtocol: 'https',
  target: '_blank',
  rel: 'noopener noreferrer nofollow ugc',
  validate: { url: (value: string) => /^(https?:\/\/|mailto:|[^:/]+\.)/i.test(value) },
};

/** A text with links for http, https and mail addresses. */
export function LinkedText({ text }: { readonly text: string }) {
  return <Linkify options={OPTIONS}>{text}</Linkify>;
}
