/** Has new messages, and those that were refused, read out. */

import type { MessageWindowState } from '@workconnect/chat-client';
import { useEffect, useRef } from 'react';
import { senderName, summaryOf } from '../conversations/describe.js';
import { useText } from '../i18n/useText.js';
import { useAnnounce } from '../primitives/Announcer.js';
import { isNews, lastSeq } from './rows.js';

const MOST_IN_FULL = 3;
const LONGEST = 200;

/** Announces what others say from now on: up to three messages by their text, more by their number. */
export function useAnnouncedMessages({ items, hasNewer, isLoading }: MessageWindowState): void {
  const { t } = useText();
  const announce = useAnnounce();
  const heard = useRef<number | null>(null);
  const failed = items.reduce((count, item) => item.delivery === 'failed' ? count + 1 : count, 0);
  const failedBefore = useRef(failed);
  useEffect(() => {
    const head = lastSeq(items);
    const before = heard.current;
    // A page that was loaded is no news.
    if (isLoading || hasNewer || items.length === 0) return;
    heard.current = head;
    if (before === null) return;
    const news = items.filter((item) => isNews(item, before));
    if (news.length > MOST_IN_FULL) announce(t('announceMessages', { count: news.length }));
    else if (news.length > 0) announce(news.map(({ message }) => t('announceMessage', { name: senderName(message, null, t), text: shortened(summaryOf(message, t)) })).join('\n'));
  }, [items, hasNewer, isLoading, announce, t]);
  useEffect(() => {
    if (failed > failedBefore.current) announce(t('announceFailed'), 'assertive');
    failedBefore.current = failed;
  }, [failed, announce, t]);
}

function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
