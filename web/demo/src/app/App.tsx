/** Which page, for whom. */
import { useStore } from '@workconnect/chat-react';
import { useEffect } from 'react';
import { DashboardPage } from '../pages/DashboardPage';
import { InboxPage } from '../pages/InboxPage';
import { JobsPage } from '../pages/JobsPage';
import { LogInPage } from '../pages/LogInPage';
import { Shell } from '../shell/Shell';
import { SideBySide } from '../side/SideBySide';
import type { PageConfig } from './config';
import { usePath } from './router';
import { session as currentSession } from './session';
import type { Session } from './session';

const TITLES: Readonly<Record<string, string>> = { '': 'Overview', jobs: 'Jobs', inbox: 'Inbox', demo: 'Side by side' };

/** The page. */
export function App({ config }: { readonly config: PageConfig }) {
  const path = usePath();
  const session = useStore(currentSession);
  const section = path.split('/')[1] ?? '';
  useEffect(() => {
    const title = session || section === 'demo' ? TITLES[section] : undefined;
    document.title = title ? `${title} · WorkConnect` : 'WorkConnect';
  }, [session, section]);

  if (section === 'demo') return <SideBySide config={config} />;
  if (!session) return <LogInPage config={config} />;
  const openId = section === 'inbox' ? path.split('/')[2] : undefined;
  return (
    <Shell key={session.id} config={config} session={session} section={section} openId={openId}>
      <Page section={section} openId={openId} config={config} session={session} />
    </Shell>
  );
}

interface PageProps {
  readonly section: string;
  readonly openId: string | undefined;
  readonly config: PageConfig;
  readonly session: Session;
}

function Page({ section, openId, config, session }: PageProps) {
  if (section === 'jobs') return <JobsPage config={config} session={session} />;
  if (section === 'inbox') return <InboxPage conversationId={openId} />;
  return <DashboardPage session={session} />;
}
