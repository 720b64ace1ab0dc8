/** Choosing people: a search, what it finds, and who is chosen. */

import { useState } from 'react';
import { useText } from '../i18n/useText.js';
import { Avatar } from '../people/Avatar.js';
import { Icon } from '../primitives/Icon.js';
import { moveFocus } from '../primitives/roving.js';
import { useSlot } from '../slots/slots.js';
import type { Person } from './useKnownPeople.js';

/** Props of the picker. */
export interface PeoplePickerProps {
  readonly people: readonly Person[];
  readonly chosen: readonly Person[];
  readonly onChange: (chosen: readonly Person[]) => void;
}

/** How many are listed; the search finds the others. */
const MOST_LISTED = 50;

/** Chooses any number of people. */
export function PeoplePicker({ people, chosen, onChange }: PeoplePickerProps) {
  const { t } = useText();
  const Face = useSlot('Avatar', Avatar);
  const [query, setQuery] = useState('');
  const found = people.filter(({ name }) => fits(name, query)).slice(0, MOST_LISTED);
  const isChosen = (person: Person) => chosen.some(({ id }) => id === person.id);
  const toggle = (person: Person) => onChange(isChosen(person) ? chosen.filter(({ id }) => id !== person.id) : [...chosen, person]);
  return (
    <div className="chat-people">
      {chosen.length > 0 && (
        <ul className="chat-people__chosen" aria-label={t('newConversationChosen')}>
          {chosen.map((person) => (
            <li key={person.id}>
              <button type="button" className="chat-chip" aria-label={t('removePerson', { name: person.name })} onClick={() => toggle(person)}>
                <bdi>{person.name}</bdi> <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <label className="chat-field">
        {t('newConversationTo')}
        <input type="search" className="chat-input" value={query} placeholder={t('newConversationPeople')} autoComplete="off" onChange={(event) => setQuery(event.target.value)} />
      </label>
      <div className="chat-people__list" role="group" aria-label={t('settingsPeople')} onKeyDown={(event) => moveFocus(event, { items: 'input' })}>
        {found.map((person) => (
          <label key={person.id} className="chat-people__row">
            <Face id={person.id} name={person.name} url={person.avatar_url} size="sm" />
            <span className="chat-people__name"><bdi>{person.name}</bdi></span>
            <input type="checkbox" checked={isChosen(person)} onChange={() => toggle(person)} />
          </label>
        ))}
        {found.length === 0 && <p className="chat-people__none" role="status">{t('newConversationNobody')}</p>}
      </div>
    </div>
  );
}

function fits(name: string, query: string): boolean {
  return fold(name).includes(fold(query.trim()));
}

/** Without case and accents, so that `jose` finds José. */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
