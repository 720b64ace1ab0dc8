/** Files that are dragged over the page and dropped. */

import { useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { holdsFiles } from './files.js';

/** The outermost element in which files may be dropped for the composer inside it. */
export const DROP_AREA = '[data-chat-drop]';

/** Gives dropped files to `onFiles`; tells whether files hover over the area now. The area is `element` or the `DROP_AREA` around it. */
export function useFileDrop(element: RefObject<HTMLElement | null>, enabled: boolean, onFiles: (files: File[]) => void): boolean {
  const [hovering, setHovering] = useState(false);
  const latest = useRef(onFiles);
  useEffect(() => {
    latest.current = onFiles;
  });
  useEffect(() => {
    const area = element.current?.closest<HTMLElement>(DROP_AREA) ?? element.current;
    if (!area || !enabled) return undefined;
    const over = (event: DragEvent) => {
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      setHovering(true);
    };
    const leave = (event: DragEvent) => {
      if (!(event.relatedTarget instanceof Node && area.contains(event.relatedTarget))) setHovering(false);
    };
    const drop = (event: DragEvent) => {
      setHovering(false);
      if (!holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      latest.current(Array.from(event.dataTransfer?.files ?? []));
    };
    const listeners = [['dragenter', over], ['dragover', over], ['dragleave', leave], ['drop', drop]] as const;
    for (const [type, listener] of listeners) area.addEventListener(type, listener);
    return () => {
      for (const [type, listener] of listeners) area.removeEventListener(type, listener);
    };
  }, [element, enabled]);
  return hovering;
}
