/** A server in memory, as far as the client needs one: what is said, who hears it, REST; and a network that breaks where it is told to. */
import type { Transport, TransportListener } from '../../src/api/transport.js';
import type { ClientFrame, EventFrame, ServerFrame } from '../../src/frames.js';
import type { Conversation, Message, UserId } from '../../src/wire.js';

/** Where a frame is when the connection may break. */
export type Step = 'frame' | 'commit' | 'answer' | 'event' | 'ready';

interface Socket {
  userId: UserId;
  listener: TransportListener;
  isOpen: boolean;
}

/** A token that says who it is, in the form of a JWT. */
export function tokenOf(userId: UserId, claims: Record<string, unknown> = {}): string {
  const payload = btoa(JSON.stringify({ sub: String(userId), ...claims }));
  return `e30.${payload.replace(/=/g, '')}.sig`;
}

export class FakeServer {
  epoch = 1;
  heartbeatSeconds = 25;
  latencyMs = 5;
  readonly logs = new Map<string, EventFrame[]>();
  readonly sockets = new Set<Socket>();
  /** Frames of clients, as they arrived. */
  readonly heard: ClientFrame[] = [];
  readonly calls: string[] = [];
  /** Says whether the connection breaks here. */
  breaks: (step: Step) => boolean = () => false;
  /** Refuses a message instead of storing it. */
  refuse: (frame: Extract<ClientFrame, { type: 'send_message' }>) => { code: string; retry_after_ms?: number } | null = () => null;
  /** Refuses a resume. */
  refuseResume: () => string | null = () => null;
  isDown = false;
  #ids = 0;

  open(conversationId: string): void {
    const conversation = { id: conversationId, kind: 'group', title: null, job: null, metadata: {}, created_at: stamp(), participants: [], participant_count: 2 };
    this.logs.set(conversationId, [{ type: 'conversation_created', conversation_id: conversationId, seq: 1, actor_id: 1, created_at: stamp(), conversation } as EventFrame]);
  }

  log(conversationId: string): EventFrame[] {
    return this.logs.get(conversationId) ?? [];
  }

  /** What the history says now. */
  history(conversationId: string): Message[] {
    const messages = new Map<string, Message>();
    for (const event of this.log(conversationId)) {
      if (event.type === 'message_received') messages.set(event.message.id, { ...event.message, reactions: [] });
      if (event.type === 'message_edited') messages.set(event.message.id, event.message);
      if (event.type === 'reaction_added' || event.type === 'reaction_removed') {
        const message = messages.get(event.message_id)!;
        const others = message.reactions.filter((row) => row.emoji !== event.emoji);
        const count = (message.reactions.find((row) => row.emoji === event.emoji)?.count ?? 0) + (event.type === 'reaction_added' ? 1 : -1);
        messages.set(message.id, { ...message, reactions: count > 0 ? [...others, { emoji: event.emoji, count, me: false }] : others });
      }
    }
    return [...messages.values()];
  }

  /** Something happens; everybody hears of it. */
  append(conversationId: string, event: Record<string, unknown>, tell = true): EventFrame {
    const log = this.log(conversationId);
    const whole = { actor_id: 2, created_at: stamp(), ...event, conversation_id: conversationId, seq: log.length + 1 } as unknown as EventFrame;
    log.push(whole);
    if (tell) for (const socket of this.sockets) this.#tell(socket, whole, 'event');
    return whole;
  }

  say(conversationId: string, userId: UserId, content: string, clientId: string | null = null, tell = true): Message {
    const seq = this.log(conversationId).length + 1;
    const message: Message = {
      id: `m-${(this.#ids += 1)}`,
      conversation_id: conversationId,
      seq,
      content,
      message_type: 'text',
      sender: { id: userId, name: `Person ${userId}`, avatar_url: null, role: 'client' },
      attachments: [],
      reply_to: null,
      reactions: [],
      client_id: clientId,
      created_at: stamp(),
      edited_at: null,
      deleted_at: null,
    };
    this.append(conversationId, { type: 'message_received', actor_id: userId, message }, tell);
    return message;
  }

  tellAll(frame: ServerFrame): void {
    for (const socket of this.sockets) this.#tell(socket, frame);
  }

  /** Everybody is cut off. */
  cut(code = 1006, reason = ''): void {
    for (const socket of [...this.sockets]) this.#break(socket, code, reason);
  }

  readonly transport: Transport = (request, listener) => {
    const userId = Number((JSON.parse(atob(request.token!.split('.')[1]!)) as { sub: string }).sub);
    const socket: Socket = { userId, listener, isOpen: true };
    setTimeout(() => {
      if (!socket.isOpen) return;
      if (this.isDown || this.breaks('ready')) return this.#break(socket);
      listener.opened();
      this.sockets.add(socket);
      this.#tell(socket, { type: 'ready', user_id: userId, log_epoch: this.epoch, heartbeat_seconds: this.heartbeatSeconds });
      this.#tell(socket, { type: 'heartbeat', heads: this.heads() });
    }, this.latencyMs);
    return {
      send: (frame) => {
        if (!socket.isOpen) return false;
        const copy = structuredClone(frame);
        setTimeout(() => this.#arrive(socket, copy), this.latencyMs);
        return true;
      },
      close: () => {
        socket.isOpen = false;
        this.sockets.delete(socket);
      },
    };
  };

  heads(): Record<string, number> {
    return Object.fromEntries([...this.logs].map(([id, log]) => [id, log.length]));
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input));
    const method = init?.method ?? 'GET';
    this.calls.push(`${method} ${url.pathname}${url.search}`);
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    if (this.isDown) throw new TypeError('fetch failed');
    const answer = method === 'GET' ? this.#rest(url) : {};
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    if (this.isDown) throw new TypeError('fetch failed');
    return answer === null ? Response.json({ code: 'not_found', detail: 'No.' }, { status: 404 }) : Response.json(answer);
  };

  row(id: string): Conversation {
    const last = this.history(id).at(-1) ?? null;
    const people = [1, 2].map((one) => ({ id: one, name: `Person ${one}`, avatar_url: null, role: 'member', user_role: 'client', is_online: null, last_seen: null }));
    return { id, kind: 'group', title: null, job: null, metadata: {}, participants: people, participant_count: 2, last_message: last, unread_count: 0, muted: false, archived: false, last_seq: this.log(id).length, created_at: '', updated_at: last?.created_at ?? '' } as Conversation;
  }

  #rest(url: URL): unknown {
    const [, , , kind, id, sub] = url.pathname.split('/');
    const query = url.searchParams;
    const size = Number(query.get('page_size') ?? 50);
    if (kind === 'unread') return { total: 0, conversations: [] };
    if (kind === 'messages' && id) {
      const found = [...this.logs.keys()].flatMap((one) => this.history(one)).find((message) => message.id === id);
      return found ?? null;
    }
    if (kind !== 'conversations') return null;
    if (!id) return { next: null, previous: null, results: [...this.logs.keys()].map((one) => this.row(one)).sort((one, other) => (one.updated_at < other.updated_at ? 1 : -1)) };
    if (!this.logs.has(id)) return null;
    if (!sub) return this.row(id);
    if (sub === 'events') {
      const after = Number(query.get('after_seq') ?? 0);
      return { next: null, previous: null, results: this.log(id).slice(after, after + size), first_seq: 1, last_seq: this.log(id).length, log_epoch: this.epoch };
    }
    return this.#page(this.history(id), query, size);
  }

  #page(all: Message[], query: URLSearchParams, size: number): unknown {
    const before = query.get('before_seq');
    const after = query.get('after_seq');
    const around = query.get('around');
    if (after !== null) {
      const rest = all.filter((one) => one.seq > Number(after));
      return { next: rest.length > size ? 'more' : null, previous: 'x', results: rest.slice(0, size) };
    }
    if (around !== null) {
      const at = all.findIndex((one) => one.id === around || String(one.seq) === around);
      if (at < 0) return null;
      const from = Math.max(0, at - Math.floor(size / 2));
      return { next: from + size < all.length ? 'more' : null, previous: from > 0 ? 'x' : null, results: all.slice(from, from + size) };
    }
    const rest = all.filter((one) => before === null || one.seq < Number(before)).reverse();
    return { next: rest.length > size ? 'more' : null, previous: null, results: rest.slice(0, size) };
  }

  #arrive(socket: Socket, frame: ClientFrame): void {
    if (!socket.isOpen) return;
    if (this.breaks('frame')) return this.#break(socket);
    this.heard.push(frame);
    if (frame.type === 'ping') this.#tell(socket, { type: 'pong' });
    if (frame.type === 'authenticate') this.#tell(socket, { type: 'authenticated', expires_at: stamp() });
    if (frame.type === 'resume') for (const [id, after] of Object.entries(frame.positions ?? {})) this.#resume(socket, id, after);
    if (frame.type === 'send_message') this.#store(socket, frame);
  }

  #store(socket: Socket, frame: Extract<ClientFrame, { type: 'send_message' }>): void {
    const { conversation_id, client_id, content } = frame as { conversation_id: string; client_id: string; content: string };
    if (this.breaks('commit')) return this.#break(socket);
    const refusal = this.refuse(frame);
    if (refusal) return this.#tell(socket, { type: 'error', conversation_id, client_id, detail: 'No.', ...refusal } as ServerFrame);
    const known = this.history(conversation_id).find((one) => one.client_id === client_id && one.sender?.id === socket.userId);
    const message = known ?? this.say(conversation_id, socket.userId, content, client_id);
    this.#tell(socket, { type: 'message_sent', conversation_id, client_id, id: message.id, seq: message.seq, created_at: message.created_at }, 'answer');
  }

  #resume(socket: Socket, id: string, after: number): void {
    const refusal = this.logs.has(id) ? this.refuseResume() : 'not_found';
    if (refusal) return this.#tell(socket, { type: 'error', conversation_id: id, code: refusal, detail: 'No.' } as ServerFrame);
    for (const event of this.log(id).slice(after)) this.#tell(socket, event, 'event');
    const read_state = [1, 2].map((reader_id) => ({ reader_id, up_to_seq: 0, beyond: [], read_at: null }));
    this.#tell(socket, { type: 'resumed', conversation_id: id, last_seq: this.log(id).length, log_epoch: this.epoch, read_state });
  }

  #tell(socket: Socket, frame: ServerFrame, step?: Step): void {
    const copy = structuredClone(frame);
    setTimeout(() => {
      if (!socket.isOpen) return;
      if (step && this.breaks(step)) return this.#break(socket);
      socket.listener.frame(copy);
    }, this.latencyMs);
  }

  #break(socket: Socket, code = 1006, reason = ''): void {
    if (!socket.isOpen) return;
    socket.isOpen = false;
    this.sockets.delete(socket);
    socket.listener.closed(code, reason);
  }
}

let ticks = 0;
function stamp(): string {
  return new Date(1_800_000_000_000 + (ticks += 1)).toISOString();
}
