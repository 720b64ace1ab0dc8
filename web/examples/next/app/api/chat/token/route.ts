import { mintToken } from '@workconnect/chat-client/server';
import { createTokenRoute } from '@workconnect/chat-react/next';
import { currentUser } from '../../../session';

/** A token for whoever is logged in here; the chat's client asks for it when it connects, and before the last one ends. */
export const { POST } = createTokenRoute({
  authorize: currentUser,
  mint: ({ id, name, role }) => {
    const key = process.env['CHAT_JWT_SECRET'];
    if (!key) throw new Error('CHAT_JWT_SECRET is not set');
    return mintToken({ userId: id, name, role }, { key });
  },
});
