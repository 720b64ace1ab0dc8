import { mintToken } from '@workconnect/chat-client/server';
import { currentUser } from '../../../session';

/** A token for whoever is logged in here; the chat's client asks for it when it connects, and before the last one ends. */
export async function POST(): Promise<Response> {
  const key = process.env['CHAT_JWT_SECRET'];
  if (!key) return Response.json({ detail: 'CHAT_JWT_SECRET is not set.' }, { status: 503 });
  const user = await currentUser();
  if (!user) return Response.json({ detail: 'Nobody is logged in.' }, { status: 401 });
  const token = await mintToken({ userId: user.id, name: user.name, role: user.role }, { key });
  return Response.json({ token }, { headers: { 'cache-control': 'no-store' } });
}
