/** The texts and dates of the language that the provider was given. */

import { useMemo } from 'react';
import { useChatContext } from '../provider/context.js';
import { dateTexts } from './dates.js';
import type { DateTexts } from './dates.js';
import { en } from './en.js';
import { translator } from './strings.js';
import type { ChatTexts, Translate } from './strings.js';

/** How components speak. */
export interface ChatText {
  readonly t: Translate;
  readonly dates: DateTexts;
  readonly locale: string;
}

const made = new WeakMap<object, Map<string, ChatText>>();
const NONE: Partial<ChatTexts> = {};

/** The texts and dates of the language that the provider was given; English where it was given none. */
export function useText(): ChatText {
  const { messages = NONE, locale } = useChatContext();
  return useMemo(() => textsOf(messages, locale), [messages, locale]);
}

/** `Intl` objects are dear: one set for each language, however many components speak it. */
function textsOf(messages: Partial<ChatTexts>, locale: string): ChatText {
  const byLocale = made.get(messages) ?? new Map<string, ChatText>();
  made.set(messages, byLocale);
  const known = byLocale.get(locale);
  if (known) return known;
  const t = translator({ ...en, ...messages }, locale);
  const text = { t, dates: dateTexts(locale, t), locale };
  byLocale.set(locale, text);
  return text;
}
