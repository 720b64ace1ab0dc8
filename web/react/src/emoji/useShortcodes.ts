/** Completing `:shortcode:` while one writes. */

import { useEffect, useState } from 'react';
import type { Emoji } from './catalog.js';
import { openShortcode } from './shortcode.js';
import type { OpenShortcode } from './shortcode.js';

const MOST = 6;
const NONE: readonly Emoji[] = [];

/** What may be meant, and where it would go. */
export interface Suggestions extends OpenShortcode {
  readonly emojis: readonly Emoji[];
}

/** What the shortcode before `caret` may mean; nothing while there is none. The emoji are loaded when they are first asked for. */
export function useShortcodes(text: string, caret: number): Suggestions | undefined {
  const open = openShortcode(text, caret);
  const query = open?.query;
  const [found, setFound] = useState({ query: '', emojis: NONE });
  useEffect(() => {
    if (query === undefined) return undefined;
    let over = false;
    import('../emoji.js').then(({ findEmoji }) => {
      if (!over) setFound({ query, emojis: findEmoji(query, MOST) });
    }, () => undefined);
    return () => {
      over = true;
    };
  }, [query]);
  const fits = open !== undefined && found.query === open.query && found.emojis.length > 0;
  return fits ? { ...open, emojis: found.emojis } : undefined;
}
