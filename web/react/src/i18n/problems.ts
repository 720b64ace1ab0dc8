/** What went wrong, in words for people: by the error's code, never by its technical detail. */

import { ChatError } from '@workconnect/chat-client';
import type { ChatErrorCode } from '@workconnect/chat-client';
import type { TextKey, Translate } from './strings.js';

const BY_CODE: Readonly<Partial<Record<ChatErrorCode, TextKey>>> = {
  network: 'problemNetwork',
  unavailable: 'problemUnavailable',
  rate_limited: 'problemTooFast',
  blocked: 'problemBlocked',
  permission_denied: 'problemForbidden',
  not_found: 'problemGone',
  conflict: 'problemConflict',
  too_large: 'problemTooLarge',
  unsupported_media_type: 'problemKind',
  unauthorized: 'problemSession',
  not_authenticated: 'problemSession',
};

/** Why it did not work. */
export function problemText(t: Translate, error: unknown): string {
  const key = error instanceof ChatError ? BY_CODE[error.code] : undefined;
  if (key) return t(key);
  const fields = error instanceof ChatError ? Object.values(error.errors).flat() : [];
  return fields[0] ?? t('problemUnknown');
}
