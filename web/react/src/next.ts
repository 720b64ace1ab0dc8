/** For Next.js (or anything with `Request` and `Response`): the route that gives tokens to one's own users. Runs on the server. */

/** Who may have a token, and how it is made. */
export interface TokenRouteOptions<User> {
  /** Who asks, by your own session; null for nobody. */
  readonly authorize: (request: Request) => Promise<User | null> | User | null;
  /** The token for this person, e.g. by `mintToken` of `@workconnect/chat-client/server`. */
  readonly mint: (user: User) => Promise<string> | string;
}

/** The handlers of a route file. */
export interface TokenRoute {
  readonly POST: (request: Request) => Promise<Response>;
}

/** `export const { POST } = createTokenRoute(…)`: answers `{token}`, 401 to nobody, 403 to pages of other sites. */
export function createTokenRoute<User>({ authorize, mint }: TokenRouteOptions<User>): TokenRoute {
  return {
    async POST(request) {
      const site = request.headers.get('sec-fetch-site');
      if (site !== null && site !== 'same-origin') return answer(403, { code: 'permission_denied' });
      const user = await authorize(request);
      return user === null ? answer(401, { code: 'not_authenticated' }) : answer(200, { token: await mint(user) });
    },
  };
}

function answer(status: number, body: Readonly<Record<string, string>>): Response {
  return Response.json(body, { status, headers: { 'Cache-Control': 'no-store' } });
}
