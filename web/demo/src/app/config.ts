/** What the page cannot know when it is built; the server that serves it says it. */

/** Somebody whom one may be by a click. */
export interface DemoPerson {
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly role: 'client' | 'freelancer';
}

/** `GET /web-config.json`. */
export interface PageConfig {
  /** Where the gateway is. */
  readonly wsUrl: string;
  /** Whether one may register and log in here. */
  readonly accounts: boolean;
  readonly demoPeople: readonly DemoPerson[];
}

interface Told {
  readonly ws_url: string | null;
  readonly accounts: boolean;
  readonly demo_people: readonly DemoPerson[];
}

/** Asks the server. Without an answer there is nothing to show, so the page says that. */
export async function loadConfig(): Promise<PageConfig> {
  const response = await fetch('/web-config.json');
  if (!response.ok) throw new Error(`/web-config.json was answered ${response.status}`);
  const told = (await response.json()) as Told;
  return {
    wsUrl: told.ws_url ?? location.origin.replace(/^http/, 'ws'),
    accounts: told.accounts,
    demoPeople: told.demo_people,
  };
}
