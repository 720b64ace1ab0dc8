/** Which player sounds: there is at most one on the page. */

/** Something that can be told to be silent. */
export interface Pausable {
  pause(): void;
}

let sounding: Pausable | undefined;

/** Says that `player` begins to sound; another one that does falls silent. */
export function soundsNow(player: Pausable): void {
  if (sounding !== undefined && sounding !== player) sounding.pause();
  sounding = player;
}

/** Says that `player` does not sound any more. */
export function soundsNoMore(player: Pausable): void {
  if (sounding === player) sounding = undefined;
}
