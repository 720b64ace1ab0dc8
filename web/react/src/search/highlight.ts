/** The server's `highlight` (text escaped for HTML, with `<mark>` around hits) as plain pieces: never set as HTML. */

/** A piece of a found text; `hit` says that it was searched for. */
export interface HighlightPiece {
  readonly text: string;
  readonly hit: boolean;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&#x27;': "'", '&#x2F;': '/',
};

/** Takes `highlight` apart. Anything but `<mark>` and the escapes is shown as it stands. */
export function highlightPieces(highlight: string): HighlightPiece[] {
  const pieces: HighlightPiece[] = [];
  let hit = false;
  for (const part of highlight.split(/(<mark>|<\/mark>)/)) {
    if (part === '<mark>') hit = true;
    else if (part === '</mark>') hit = false;
    else if (part !== '') pieces.push({ text: unescape(part), hit });
  }
  return pieces;
}

function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|#x27|#x2F);/g, (entity) => ENTITIES[entity] ?? entity);
}
