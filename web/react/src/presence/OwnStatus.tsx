/** The menu in which one chooses how others see oneself. */

import type { ChosenStatus } from '@workconnect/chat-client';
import { useOwnPresence } from '../hooks/usePeople.js';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import type { TextKey } from '../i18n/strings.js';
import { useAnnounce } from '../primitives/Announcer.js';
import { Icon } from '../primitives/Icon.js';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../primitives/Menu.js';

const CHOICES: readonly { readonly status: ChosenStatus; readonly text: TextKey }[] = [
  { status: 'online', text: 'statusOnline' },
  { status: 'away', text: 'statusAway' },
  { status: 'invisible', text: 'statusInvisible' },
];

/** One's own status and a menu to choose another. */
export function OwnStatus() {
  const { t } = useText();
  const announce = useAnnounce();
  const { own, set } = useOwnPresence();
  const chosen = CHOICES.find(({ status }) => status === own?.status);
  const name = t(chosen ? chosen.text : 'statusUnknown');
  const choose = (status: ChosenStatus) => {
    set(status).catch((error: unknown) => announce(t('actionFailed', { reason: problemText(t, error) }), 'assertive'));
  };
  return (
    <Menu placement="bottom-start">
      <MenuTrigger className="chat-button chat-own-status" aria-label={t('ownStatus', { status: name })}>
        <StatusDot status={own?.status} />
        {name} <Icon name="down" />
      </MenuTrigger>
      <MenuContent className="chat-menu">
        {CHOICES.map(({ status, text }) => (
          <MenuItem key={status} className="chat-menu__item" role="menuitemradio" aria-checked={status === own?.status} onSelect={() => choose(status)}>
            <StatusDot status={status} />
            <span>{t(text)}{status === 'invisible' && <small className="chat-menu__hint">{t('statusInvisibleHint')}</small>}</span>
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}

function StatusDot({ status }: { readonly status: ChosenStatus | undefined }) {
  return <span className="chat-presence" data-status={status ?? 'offline'}><span className="chat-presence__dot" aria-hidden="true" /></span>;
}
