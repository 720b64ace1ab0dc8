/** `:shortcode:` completion: which word is being written, and what the text becomes when one is chosen. */

/** The beginning of a shortcode before the caret. */
export interface OpenShortcode {
  /** What stands after the colon so far. */
  readonly query: string;
  /** Where the colon is. */
  readonly start: number;
}

const SHORTEST_QUERY = 2;

/** The shortcode that is being written at `caret`, if there is one: a colon that begins a word, and two letters or more. */
export function openShortcode(text: string, caret: number): OpenShortcode | undefined {
  const match = /(?:^|[\s(])(:([a-z0-9_+-]*))$/i.exec(text.slice(0, caret));
  const [, word, query] = match ?? [];
  if (word === undefined || query === undefined || query.length < SHORTEST_QUERY) return undefined;
  return { query: query.toLowerCase(), start: caret - word.length };
}

/** `text` with what stands from `start` to `end` replaced, and where the caret goes. */
export function replaceRange(text: string, start: number, end: number, by: string): { text: string; caret: number } {
  return { text: text.slice(0, start) + by + text.slice(end), caret: start + by.length };
}
