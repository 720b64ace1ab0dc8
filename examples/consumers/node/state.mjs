// How far each conversation is taken, in a file. An event is taken when it is the next of its conversation: what was taken is
// dropped, what comes too early is kept until what is missing has come.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** The most events of one conversation that wait for a missing one. */
const MAX_EARLY = 10_000;

export class State {
  #file;
  #conversations;

  constructor(file, conversations) {
    this.#file = file;
    this.#conversations = conversations;
  }

  /** As it was saved; empty without a file. */
  static load(file) {
    return new State(file, existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
  }

  /** The file is replaced as a whole: whatever happens, it holds the one state or the other. */
  save() {
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, JSON.stringify(this.#conversations));
    renameSync(fresh, this.#file);
  }

  /** What may be taken now that this event has come, in order. */
  take({ type, conversation_id, seq }) {
    const conversation = (this.#conversations[conversation_id] ??= { seq: 0, messages: 0, early: {} });
    if (seq > conversation.seq) conversation.early[seq] = { type, conversation_id, seq };
    const taken = [];
    for (let next; (next = conversation.early[conversation.seq + 1]); ) {
      delete conversation.early[next.seq];
      conversation.seq = next.seq;
      if (next.type === "message_received") conversation.messages += 1;
      taken.push(next);
    }
    if (Object.keys(conversation.early).length > MAX_EARLY) {
      throw new Error(`event ${conversation.seq + 1} of ${conversation_id} is missing: chatctl republish brings it`);
    }
    return taken;
  }
}
