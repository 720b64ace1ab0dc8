/** What people wrote, as text: addresses become links, nothing becomes markup. */

import { later } from './later.js';

interface Props {
  readonly text: string;
}

const Links = later(async () => (await import('./Links.js')).Links, Plain);
const MAY_HAVE_LINK = /\S[.:@]\S/;

function Plain({ text }: Props) {
  return <>{text}</>;
}

/** A text with links for http, https and mail addresses. */
export function LinkedText({ text }: Props) {
  return MAY_HAVE_LINK.test(text) ? <Links text={text} /> : <Plain text={text} />;
}
