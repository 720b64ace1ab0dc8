/** The title of a conversation, to be changed. */

import { useState } from 'react';
import { useText } from '../i18n/useText.js';

/** Props of the field. */
export interface TitleFieldProps {
  readonly title: string;
  /** Fulfilled with false if it was refused. */
  readonly onSave: (title: string) => Promise<boolean>;
}

/** A title with a button that saves it, once it is another. */
export function TitleField({ title, onSave }: TitleFieldProps) {
  const { t } = useText();
  const [text, setText] = useState(title);
  const isChanged = text.trim() !== title;
  return (
    <form
      className="chat-settings__title"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) void onSave(text.trim());
      }}
    >
      <label className="chat-field">
        {t('settingsTitle')}
        <input className="chat-input" value={text} maxLength={200} dir="auto" onChange={(event) => setText(event.target.value)} />
      </label>
      {isChanged && <button type="submit" className="chat-button" data-variant="primary">{t('save')}</button>}
    </form>
  );
}
