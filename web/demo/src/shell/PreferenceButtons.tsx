/** Theme, direction and the chat's language, a button each. */
import { useStore } from '@workconnect/chat-react';
import { prefer, preferences } from '../app/preferences';
import type { Language, Theme } from '../app/preferences';
import { Glyph } from './Glyph';
import type { GlyphName } from './Glyph';

const NEXT: Readonly<Record<Theme, Theme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const GLYPHS: Readonly<Record<Theme, GlyphName>> = { auto: 'screen', light: 'sun', dark: 'moon' };
const NAMES: Readonly<Record<Theme, string>> = { auto: 'as the system', light: 'light', dark: 'dark' };

const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** Each says how it stands and changes it. */
export function PreferenceButtons() {
  const { theme, direction, language } = useStore(preferences);
  const isRtl = direction === 'rtl';
  const themeLabel = `Theme: ${NAMES[theme]}`;
  const other = language === 'en' ? 'de' : 'en';
  return (
    <>
      <button
        type="button" className="icon-button icon-button--text" aria-label={`${language.toUpperCase()}: language of the chat`} title={LANGUAGES[language]}
        onClick={() => prefer({ language: other })}
      >
        {language.toUpperCase()}
      </button>
      <button type="button" className="icon-button" aria-label={themeLabel} title={themeLabel} onClick={() => prefer({ theme: NEXT[theme] })}>
        <Glyph name={GLYPHS[theme]} />
      </button>
      <button
        type="button" className="icon-button" aria-label="Right to left" title="Right to left" aria-pressed={isRtl}
        onClick={() => prefer({ direction: isRtl ? 'ltr' : 'rtl' })}
      >
        <Glyph name="direction" />
      </button>
    </>
  );
}
