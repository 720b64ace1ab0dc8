/** Sizes and kinds of files in words. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** `812 byte`, `48 kB`, `1.4 MB`, as the language writes it. */
export function formatBytes(bytes: number, locale?: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  const value = bytes / 1000 ** power;
  const style = { style: 'unit', unit: UNITS[power] ?? 'byte', unitDisplay: power === 0 ? 'long' : 'short' } as const;
  return new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: value < 10 && power > 0 ? 1 : 0 }).format(value);
}

/** The ending of a file's name as a short label (`PDF`), or what its type says, or nothing. */
export function fileLabel(name: string, contentType: string): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1];
  const subtype = contentType.split('/')[1]?.split(/[+;.]/)[0] ?? '';
  return (ending ?? (subtype.length <= 5 ? subtype : '')).toUpperCase();
}

/** The size at which a picture of `width` by `height` is shown within a box, never enlarged. */
export function fitWithin(width: number, height: number, maxWidth: number, maxHeight: number): { width: number; height: number } {
  const scale = Math.min(1, maxWidth / width, maxHeight / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A file's name as it may be shown: without the invisible signs that turn text about and so disguise its ending. */
export function shownName(name: string): string {
  return name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cc}]/gu, '');
}
