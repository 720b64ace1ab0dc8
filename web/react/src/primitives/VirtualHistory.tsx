/**
 * A scroller for a history: it stands at the end, keeps its place when older rows come before, follows new ones only at the end, and holds
 * no more elements than are seen. No styles but positions. By @tanstack/react-virtual.
 */

import { useVirtualizer } from '@tanstack/react-virtual';
import type { Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode, Ref, RefObject } from 'react';
import { moveFocus } from './roving.js';

/** How to move a history from outside. */
export interface VirtualHistoryHandle {
  readonly scrollToEnd: (behavior?: 'auto' | 'smooth') => void;
  readonly scrollToRow: (index: number, align?: 'start' | 'center') => void;
}

/** What of a history is on the screen. */
export interface HistoryView {
  readonly first: number;
  readonly last: number;
  readonly isAtEnd: boolean;
}

/** Props of a history. */
export interface VirtualHistoryProps<Row> {
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly renderRow: (row: Row, index: number) => ReactNode;
  /** How high a row may be, in pixels, before it was seen. The better, the steadier the scroll bar. */
  readonly estimate?: (row: Row) => number;
  /** Where to begin: a row, else the end. */
  readonly initialRow?: number | undefined;
  /** Whether rows that are added at the end belong there; not so while there is a gap before the newest. */
  readonly isComplete: boolean;
  readonly onView: (view: HistoryView) => void;
  /** What stands above the first row. */
  readonly top?: ReactNode;
  readonly label: string;
  readonly isBusy?: boolean;
  readonly className?: string;
  readonly handleRef?: Ref<VirtualHistoryHandle>;
}

const ESTIMATE_PX = 64;
const TOP_PX = 64;
const AT_END_PX = 80;
const OVERSCAN = 8;

/** A history of any length. The rows are articles that the arrow keys move through. */
export function VirtualHistory<Row>({ rows, keyOf, renderRow, estimate, initialRow, isComplete, onView, top, label, isBusy = false, className, handleRef }: VirtualHistoryProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const focused = useRef<number>(undefined);
  const wasComplete = useRef(isComplete);
  const [isPlaced, setIsPlaced] = useState(false);
  const virtualizer = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    estimateSize: (index) => {
      const row = rows[index];
      return row !== undefined && estimate ? estimate(row) : ESTIMATE_PX;
    },
    rangeExtractor: useCallback((range: Range) => withRow(range, focused.current), []),
    paddingStart: TOP_PX,
    overscan: OVERSCAN,
    anchorTo: 'end',
    followOnAppend: isPlaced && isComplete && wasComplete.current,
    scrollEndThreshold: AT_END_PX,
    directDomUpdates: true,
    onChange: (instance) => report(instance.range, instance.isAtEnd(AT_END_PX)),
  });
  const latestOnView = useRef(onView);
  const lastView = useRef('');
  const report = useCallback((range: { startIndex: number; endIndex: number } | null, isAtEnd: boolean) => {
    if (!range) return;
    const view = `${range.startIndex} ${range.endIndex} ${isAtEnd}`;
    if (view === lastView.current) return;
    lastView.current = view;
    latestOnView.current({ first: range.startIndex, last: range.endIndex, isAtEnd });
  }, []);
  useEffect(() => {
    latestOnView.current = onView;
    wasComplete.current = isComplete;
  });
  useLayoutEffect(() => {
    if (isPlaced || rows.length === 0) return;
    if (initialRow === undefined) virtualizer.scrollToEnd();
    else virtualizer.scrollToIndex(initialRow, { align: 'start' });
    setIsPlaced(true);
  }, [virtualizer, isPlaced, initialRow, rows.length]);
  useEffect(() => {
    // The same range may show other rows.
    lastView.current = '';
    report(virtualizer.range, virtualizer.isAtEnd(AT_END_PX));
  }, [virtualizer, report, rows]);
  useStayAtEnd(scroller, virtualizer.scrollToEnd);
  useImperativeHandle(handleRef, () => ({
    scrollToEnd: (behavior = 'auto') => virtualizer.scrollToEnd({ behavior }),
    scrollToRow: (index, align = 'center') => virtualizer.scrollToIndex(index, { align }),
  }), [virtualizer]);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const isOnRow = event.target instanceof HTMLElement && (event.target === event.currentTarget || event.target.role === 'article' || event.target.tagName === 'ARTICLE');
    if (isOnRow && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) moveFocus(event, { items: 'article' });
  };
  return (
    <div
      ref={scroller} className={className} role="feed" aria-label={label} aria-busy={isBusy} tabIndex={0} onKeyDown={onKeyDown}
      onFocus={(event) => {
        focused.current = indexOf(event.target);
      }}
      onBlur={() => {
        focused.current = undefined;
      }}
    >
      <div ref={virtualizer.containerRef} className="chat-messages__all">
        {top}
        {virtualizer.getVirtualItems().map(({ index, key }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <div key={key} ref={virtualizer.measureElement} data-index={index} className="chat-messages__slot">{renderRow(row, index)}</div>
          );
        })}
      </div>
    </div>
  );
}

/** Stays at the end when the scroller itself grows or shrinks, as it does when something appears beside it. */
function useStayAtEnd(scroller: RefObject<HTMLElement | null>, scrollToEnd: () => void): void {
  useEffect(() => {
    const node = scroller.current;
    if (!node) return undefined;
    let height = node.clientHeight;
    const observer = new ResizeObserver(() => {
      const wasAtEnd = node.scrollHeight - node.scrollTop - height <= AT_END_PX;
      height = node.clientHeight;
      if (wasAtEnd) scrollToEnd();
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, [scroller, scrollToEnd]);
}

/** The rows of a range, and the one that has the focus: it must not vanish under it. */
function withRow({ startIndex, endIndex, overscan, count }: Range, focused: number | undefined): number[] {
  const first = Math.max(startIndex - overscan, 0);
  const last = Math.min(endIndex + overscan, count - 1);
  const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
  if (focused === undefined || focused >= count || (focused >= first && focused <= last)) return indexes;
  return focused < first ? [focused, ...indexes] : [...indexes, focused];
}

function indexOf(target: EventTarget): number | undefined {
  const slot = target instanceof Element ? target.closest('[data-index]') : null;
  return slot ? Number(slot.getAttribute('data-index')) : undefined;
}
