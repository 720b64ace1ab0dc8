/** Somebody who is logged in to this app. */
export interface User {
  readonly id: number;
  readonly name: string;
  readonly role: 'client' | 'freelancer';
}

/**
 * Who asks. Put your own session here: a cookie that you check, your framework's `auth()`. As it stands everybody is the person that
 * the environment names, which is of use on one's own machine alone; without one nobody is logged in.
 */
export async function currentUser(): Promise<User | null> {
  const id = Number(process.env['DEMO_USER_ID']);
  if (!Number.isSafeInteger(id) || id < 1) return null;
  return { id, name: process.env['DEMO_USER_NAME'] ?? 'Demo', role: 'client' };
}
