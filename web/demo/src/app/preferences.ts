/** How one likes the page: theme, direction, the chat's language. Kept on this device. */
import { createStore } from '@workconnect/chat-client';

/** `auto` follows the system. */
export type Theme = 'auto' | 'light' | 'dark';
/** Which way text runs. */
export type Direction = 'ltr' | 'rtl';

/** What the chat's components speak. */
export type Language = 'en' | 'de';

/** What is kept. */
export interface Preferences {
  readonly theme: Theme;
  readonly direction: Direction;
  readonly language: Language;
}

const KEY = 'workconnect.preferences';
const FIRST: Preferences = { theme: 'auto', direction: 'ltr', language: 'en' };

/** The preferences, to be watched. */
export const preferences = createStore<Preferences>(read());

function read(): Preferences {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) };
  } catch {
    // Spoilt or forbidden: as if there were none.
    return FIRST;
  }
}

/** Changes some of them. */
export function prefer(changes: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...changes });
  localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  applyPreferences();
}

/** Tells the document. */
export function applyPreferences(): void {
  const { theme, direction } = preferences.get();
  const root = document.documentElement;
  root.dir = direction;
  if (theme === 'auto') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}
