/** What is shown where there is nothing. */

import type { EmptyStateProps } from '../slots/props.js';

/** A line that says what is missing, and one that says what to do. */
export function EmptyState({ title, hint }: EmptyStateProps) {
  return (
    <div className="chat-empty">
      <strong>{title}</strong>
      {hint && <span>{hint}</span>}
    </div>
  );
}
