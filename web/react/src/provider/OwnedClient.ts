/** A client that belongs to a provider: connected while it is held, closed a moment after nobody holds it any more. */

import { createChatClient } from '@workconnect/chat-client';
import type { ChatClient, ChatClientOptions } from '@workconnect/chat-client';

/** A client and how many hold it. StrictMode lets go and takes hold again at once: that opens no second socket. */
export class OwnedClient {
  readonly client: ChatClient;
  #holders = 0;
  #isClosed = false;

  constructor(config: ChatClientOptions, create: (config: ChatClientOptions) => ChatClient = createChatClient) {
    this.client = create(config);
  }

  /** Whether it was closed, and is of no use any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Connects with the first holder. Call the returned function once, to let go. */
  hold(): () => void {
    this.#holders += 1;
    // How it went stands in the client's status.
    if (this.#holders === 1) this.client.connect().catch(() => undefined);
    return () => {
      this.#holders -= 1;
      setTimeout(() => this.#closeIfFree(), 0);
    };
  }

  #closeIfFree(): void {
    if (this.#holders > 0 || this.#isClosed) return;
    this.#isClosed = true;
    void this.client.close();
  }
}
