/** What somebody's drawn portrait looks like: made of the name alone, so it is the same everywhere. */

/** The parts of a portrait. */
export interface Portrait {
  readonly background: string;
  readonly skin: string;
  readonly hair: string;
  readonly clothes: string;
  readonly style: HairStyle;
}

/** How the hair is worn. */
export type HairStyle = 'short' | 'long' | 'bun' | 'curls' | 'cap';

const BACKGROUNDS = ['#dfe3ff', '#ffe4d6', '#d8f3e6', '#fbe3ef', '#fff0c9', '#d9eefb'];
const SKINS = ['#f6cfb4', '#e8b48f', '#c98d66', '#96603f', '#f9dcc7'];
const HAIRS = ['#2e2a2b', '#5a3a29', '#8c5a2f', '#c9893f', '#43302b', '#7a3b2e'];
const CLOTHES = ['#4a4fd0', '#177a6b', '#c2545f', '#8a5a00', '#35618f', '#6b4aa0'];
const STYLES: readonly HairStyle[] = ['short', 'long', 'bun', 'curls', 'cap'];

/** FNV-1a, over UTF-16. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

function pick<T>(from: readonly T[], number: number): T {
  const found = from[number % from.length];
  if (found === undefined) throw new Error('lists of parts are not empty');
  return found;
}

/** The portrait of somebody of this name. */
export function portraitOf(name: string): Portrait {
  const of = (part: string) => hash(`${part}:${name}`);
  return {
    background: pick(BACKGROUNDS, of('background')),
    skin: pick(SKINS, of('skin')),
    hair: pick(HAIRS, of('hair')),
    clothes: pick(CLOTHES, of('clothes')),
    style: pick(STYLES, of('style2')),
  };
}
