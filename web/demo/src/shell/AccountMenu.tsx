/** Who one is in this tab, how one is seen, and the way out. */
import { useOwnPresence } from '@workconnect/chat-react';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@workconnect/chat-react/primitives';
import { navigate } from '../app/router';
import { logOut } from '../app/session';
import type { Session } from '../app/session';
import { Face } from '../people/Face';

const CHOICES = [
  ['online', 'Available'],
  ['away', 'Away'],
  ['invisible', 'Invisible'],
] as const;

/** A menu behind one's own portrait. */
export function AccountMenu({ session }: { readonly session: Session }) {
  const { own, set } = useOwnPresence();
  const leave = () => {
    navigate('/');
    void logOut();
  };
  return (
    <Menu>
      <MenuTrigger className="account" aria-label={`${session.name}: account`}>
        <span className="portrait" data-size="sm"><Face name={session.name} /></span>
        <span className="account__name">{session.name}</span>
      </MenuTrigger>
      <MenuContent className="chat chat-menu">
        {CHOICES.map(([status, label]) => (
          <MenuItem
            key={status} className="chat-menu__item" role="menuitemradio" aria-checked={own?.status === status}
            onSelect={() => void set(status).catch(() => undefined)}
          >
            <span className="account__dot" data-status={status} />
            {label}
          </MenuItem>
        ))}
        <MenuItem className="chat-menu__item" onSelect={leave}>Log out</MenuItem>
      </MenuContent>
    </Menu>
  );
}
