/** Lines between messages. */

import { useText } from '../i18n/useText.js';
import type { DaySeparatorProps } from '../slots/props.js';

/** Where a day begins. */
export function DaySeparator({ at }: DaySeparatorProps) {
  const { dates } = useText();
  return <div className="chat-day"><time dateTime={at}>{dates.day(at)}</time></div>;
}

/** Where what is new begins. */
export function UnreadSeparator() {
  const { t } = useText();
  return <div className="chat-new" data-chat-new>{t('newMessages')}</div>;
}
