/** What stands around every page: where one can go, how much is unread, who one is. */
import { useUnreadCount } from '@workconnect/chat-react';
import { ConnectionBanner, MessageToasts, NotificationBell } from '@workconnect/chat-react/ui';
import type { ReactNode } from 'react';
import type { PageConfig } from '../app/config';
import { linkTo, navigate } from '../app/router';
import { keep } from '../app/session';
import type { Session } from '../app/session';
import { OwnChat } from '../chat/OwnChat';
import { AccountMenu } from './AccountMenu';
import { Glyph } from './Glyph';
import type { GlyphName } from './Glyph';
import { PreferenceButtons } from './PreferenceButtons';

/** Props of the shell. */
export interface ShellProps {
  readonly config: PageConfig;
  readonly session: Session;
  /** The first part of the path. */
  readonly section: string;
  /** The conversation that is open. */
  readonly openId: string | undefined;
  readonly children: ReactNode;
}

/** The shell, with the chat of whoever is logged in. */
export function Shell({ config, session, section, openId, children }: ShellProps) {
  return (
    <OwnChat config={config} session={session} onSession={keep}>
      <div className="shell">
        <a className="skip" href="#content">Skip to the content</a>
        <Navigation section={section} />
        <header className="shell__top">
          <a className="brand" {...linkTo('/')}><img src="/favicon.svg" alt="" width="28" height="28" /><span>WorkConnect</span></a>
          <div className="shell__tools">
            <PreferenceButtons />
            <NotificationBell onOpen={openConversation} />
            <AccountMenu session={session} />
          </div>
        </header>
        <div className="shell__content" id="content">
          {openId === undefined && <ConnectionBanner />}
          {children}
        </div>
        <MessageToasts openId={openId} onOpen={openConversation} />
      </div>
    </OwnChat>
  );
}

function openConversation(conversationId: string): void {
  navigate(`/inbox/${conversationId}`);
}

const PLACES: readonly { path: string; section: string; label: string; glyph: GlyphName }[] = [
  { path: '/', section: '', label: 'Overview', glyph: 'home' },
  { path: '/jobs', section: 'jobs', label: 'Jobs', glyph: 'briefcase' },
  { path: '/inbox', section: 'inbox', label: 'Inbox', glyph: 'chat' },
  { path: '/demo', section: 'demo', label: 'Side by side', glyph: 'columns' },
];

function Navigation({ section }: { readonly section: string }) {
  const unread = useUnreadCount();
  return (
    <nav className="rail" aria-label="Main">
      {PLACES.map((place) => (
        <a key={place.path} className="rail__link" aria-current={place.section === section ? 'page' : undefined} {...linkTo(place.path)}>
          <Glyph name={place.glyph} />
          <span>{place.label}</span>
          {place.section === 'inbox' && unread > 0 && (
            <span className="count"><span aria-hidden="true">{unread > 99 ? '99+' : unread}</span><span className="sr-only">{unread} unread</span></span>
          )}
        </a>
      ))}
    </nav>
  );
}
