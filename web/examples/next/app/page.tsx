import { Inbox } from './Inbox';

/** Read when somebody asks, not when the app is built. */
export const dynamic = 'force-dynamic';

/** The inbox of whoever is logged in. Where the chat is, is told by the environment of the server. */
export default function Page() {
  const gatewayUrl = process.env['CHAT_WS_URL'] ?? 'ws://127.0.0.1:8001';
  const apiUrl = process.env['CHAT_API_URL'] ?? 'http://127.0.0.1:8000';
  return <main><Inbox gatewayUrl={gatewayUrl} apiUrl={apiUrl} /></main>;
}
