/** Who takes part in a conversation, and what may be done about it. */

import type { Conversation, ConversationHandle, ConversationRole, Participant } from '@workconnect/chat-client';
import { useState } from 'react';
import { useUserId } from '../hooks/useClient.js';
import { usePaginator } from '../hooks/usePaginator.js';
import { useText } from '../i18n/useText.js';
import type { TextKey } from '../i18n/strings.js';
import { Avatar } from '../people/Avatar.js';
import { UserPresence } from '../presence/UserPresence.js';
import { Icon } from '../primitives/Icon.js';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../primitives/Menu.js';
import { useSlot } from '../slots/slots.js';
import type { Attempt } from './ConversationSettings.js';
import { PeoplePicker } from './PeoplePicker.js';
import { mayRemove, rolesToGive } from './permissions.js';
import type { ConversationRights } from './permissions.js';
import { useKnownPeople } from './useKnownPeople.js';
import type { Person } from './useKnownPeople.js';

/** Props of the list. */
export interface ParticipantListProps {
  readonly conversation: Conversation;
  readonly handle: ConversationHandle;
  readonly rights: ConversationRights;
  readonly attempt: Attempt;
  /** Who may be added. */
  readonly people: readonly Person[] | undefined;
}

const ROLE: Readonly<Record<ConversationRole, TextKey>> = { owner: 'roleOwner', admin: 'roleAdmin', member: 'roleMember' };
const MAKE: Readonly<Record<ConversationRole, TextKey>> = { owner: 'makeOwner', admin: 'makeAdmin', member: 'makeMember' };

/** Who takes part. */
export function ParticipantList({ conversation, handle, rights, attempt, people }: ParticipantListProps) {
  const { t } = useText();
  const { items, hasMore, loadMore, reload } = usePaginator(handle.participants);
  const shown = items.length > 0 ? items : conversation.participants;
  const change = (work: () => Promise<unknown>) => void attempt(work).then((done) => done && reload());
  return (
    <section className="chat-settings__people" aria-label={t('settingsPeople')}>
      <h3>{t('participants', { count: conversation.participant_count })}</h3>
      <ul>
        {shown.map((person) => <ParticipantRow key={person.id} person={person} handle={handle} rights={rights} change={change} />)}
      </ul>
      {hasMore && items.length > 0 && <button type="button" className="chat-button" onClick={loadMore}>{t('loadMore')}</button>}
      {rights.mayAdd && <AddPeople handle={handle} present={shown} people={people} change={change} />}
    </section>
  );
}

interface ParticipantRowProps {
  readonly person: Participant;
  readonly handle: ConversationHandle;
  readonly rights: ConversationRights;
  readonly change: (work: () => Promise<unknown>) => void;
}

function ParticipantRow({ person, handle, rights, change }: ParticipantRowProps) {
  const { t } = useText();
  const Face = useSlot('Avatar', Avatar);
  const isSelf = person.id === useUserId();
  const roles = isSelf ? [] : rolesToGive(rights.role, person.role);
  const removable = !isSelf && rights.mayLeave && mayRemove(rights.role, person.role);
  return (
    <li className="chat-people__row">
      <Face id={person.id} name={person.name} url={person.avatar_url} size="sm" />
      <span className="chat-people__name">
        <span><bdi>{person.name}</bdi>{isSelf && ` (${t('you')})`}</span>
        {!isSelf && <UserPresence userId={person.id} showLastSeen />}
      </span>
      {person.role !== 'member' && <span className="chat-status">{t(ROLE[person.role])}</span>}
      {rights.mayLeave && (roles.length > 0 || removable) && (
        <Menu>
          <MenuTrigger className="chat-icon-button" data-size="sm" aria-label={t('personMenu', { name: person.name })}><Icon name="more" /></MenuTrigger>
          <MenuContent className="chat-menu">
            {roles.map((role) => (
              <MenuItem key={role} className="chat-menu__item" onSelect={() => change(() => handle.changeRole(person.id, role))}>{t(MAKE[role])}</MenuItem>
            ))}
            {removable && (
              <MenuItem className="chat-menu__item" data-danger onSelect={() => change(() => handle.removeParticipant(person.id))}>{t('removeParticipant')}</MenuItem>
            )}
          </MenuContent>
        </Menu>
      )}
    </li>
  );
}

interface AddPeopleProps extends Pick<ParticipantRowProps, 'handle' | 'change'> {
  readonly present: readonly Participant[];
  readonly people: readonly Person[] | undefined;
}

function AddPeople({ handle, present, people, change }: AddPeopleProps) {
  const { t } = useText();
  const known = useKnownPeople();
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const candidates = (people ?? known).filter(({ id }) => !present.some((person) => person.id === id));
  if (!isOpen) {
    return <button type="button" className="chat-button" onClick={() => setOpen(true)}><Icon name="plus" /> {t('settingsAddPeople')}</button>;
  }
  const add = () => {
    setOpen(false);
    setChosen([]);
    if (chosen.length > 0) change(() => handle.addParticipants(chosen.map(({ id }) => id)));
  };
  return (
    <div className="chat-settings__add">
      <PeoplePicker people={candidates} chosen={chosen} onChange={setChosen} />
      <div className="chat-dialog__actions">
        <button type="button" className="chat-button" onClick={() => setOpen(false)}>{t('cancel')}</button>
        <button type="button" className="chat-button" data-variant="primary" aria-disabled={chosen.length === 0} onClick={add}>{t('settingsAddPeople')}</button>
      </div>
    </div>
  );
}
