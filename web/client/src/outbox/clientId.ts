/** Ids for messages: unique, and in the order in which they were written. */
const TIME_DIGITS = 9;
let last = 0;

/** A fresh one: greater than all before it, also when the clock goes back. */
export function newClientId(): string {
  last = Math.max(last + 1, Date.now());
  const random = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => (byte % 36).toString(36)).join('');
  return `${last.toString(36).padStart(TIME_DIGITS, '0')}-${random}`;
}

/** Fresh ones come after this one. */
export function continueAfter(clientId: string): void {
  last = Math.max(last, parseInt(clientId.slice(0, TIME_DIGITS), 36) || 0);
}
