/** Finds addresses in texts; loaded with the first text that may have one. */

import type { Opts } from 'linkifyjs';
import Linkify from 'linkify-react';

const OPTIONS: Opts = {
  defaultProtocol: 'https',
  target: '_blank',
  rel: 'noopener noreferrer nofollow ugc',
  validate: { url: (value: string) => /^(https?:\/\/|mailto:|[^:/]+\.)/i.test(value) },
};

/** A text with links for http, https and mail addresses. */
export function Links({ text }: { readonly text: string }) {
  return <Linkify options={OPTIONS}>{text}</Linkify>;
}
