/** Texts of the components: what a language must bring, and how a number finds its form. */

import type { en } from './en.js';

/** A text with a form for each plural of its language; `{count}` stands for the number. */
export interface PluralText {
  readonly zero?: string;
  readonly one?: string;
  readonly two?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

/** A name of a text. */
export type TextKey = keyof typeof en;

/** All texts of a language. Give some of them as `messages` to the provider to change these alone. */
export type ChatTexts = { readonly [Key in TextKey]: string | PluralText };

/** What fills the gaps of a text. A `count` also chooses the plural. */
export type TextValues = Readonly<Record<string, string | number>>;

/** Makes a text from its name. */
export type Translate = (key: TextKey, values?: TextValues) => string;

/** A function that makes texts of `texts` in `locale`. */
export function translator(texts: ChatTexts, locale: string): Translate {
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (key, values = {}) => {
    const text = texts[key];
    const form = typeof text === 'string' ? text : text[rules.select(Number(values['count'] ?? 0))] ?? text.other;
    return form.replace(/\{(\w+)\}/g, (gap, name: string) => {
      const value = values[name];
      return value === undefined ? gap : typeof value === 'number' ? numbers.format(value) : value;
    });
  };
}
