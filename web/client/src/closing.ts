/** What a close code means (docs/protocol.md, "Close codes"). */

/** What to do after a socket was closed. */
export interface ClosingVerdict {
  /** Stay away. */
  readonly isFinal: boolean;
  /** The token was not good: bring another one first. */
  readonly tokenIsBad: boolean;
  /** Come back no sooner. */
  readonly atLeastMs: number;
  /** The server said when: the pause needs to grow no further. */
  readonly isPlanned: boolean;
}

/** From 4500 on nothing changes by itself; but a token may be replaced. Anything else comes back. */
export function verdictOn(code: number, reason: string): ClosingVerdict {
  const tokenIsBad = code === 4003 || code === 4501 || code === 4508;
  const told = code === 4001 ? /reconnect_after_ms=(\d+)/.exec(reason)?.[1] : undefined;
  return {
    isFinal: code >= 4500 && code < 5000 && !tokenIsBad,
    tokenIsBad,
    atLeastMs: told !== undefined ? Number(told) : code === 4029 ? 5_000 : 0,
    isPlanned: told !== undefined || code === 4003,
  };
}
