/** Who the people behind the jobs are. A demonstration knows their names; their ids are known after asking once. */
import type { DemoPerson } from '../app/config';
import { logIn } from '../app/session';

const ids = new Map<string, Promise<number>>();

/** The id of a demo person. */
export function idOf(person: DemoPerson): Promise<number> {
  const known = ids.get(person.username);
  if (known) return known;
  const asked = logIn(person.username, person.password).then(({ id }) => id);
  ids.set(person.username, asked);
  // Asked again the next time.
  asked.catch(() => ids.delete(person.username));
  return asked;
}
