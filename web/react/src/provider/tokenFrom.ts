/** Tokens from a route of one's own. */

import { UnauthorizedError } from '@workconnect/chat-client';
import type { GetToken } from '@workconnect/chat-client';

/** A `getToken` that asks a route as `createTokenRoute` makes it. A 401 ends the connection for good: nobody is logged in. */
export function tokenFrom(path: string): GetToken {
  return async ({ signal }) => {
    const answer = await fetch(path, { method: 'POST', signal, cache: 'no-store' });
    if (answer.status === 401) throw new UnauthorizedError();
    if (!answer.ok) throw new Error(`No token: ${answer.status}`);
    const { token } = await answer.json() as { readonly token: string };
    return token;
  };
}
