/** The messages of a conversation, of any length. */

import type { ConversationHandle, ConversationId, MessageWindowState } from '@workconnect/chat-client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useUserId } from '../hooks/useClient.js';
import { useOpenConversation } from '../hooks/useConversations.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import { EmptyState } from '../people/EmptyState.js';
import { VirtualHistory } from '../primitives/VirtualHistory.js';
import type { HistoryView, VirtualHistoryHandle } from '../primitives/VirtualHistory.js';
import type { ChatSlots } from '../slots/props.js';
import { SlotsScope, useSlot } from '../slots/slots.js';
import { MessageDeedsScope } from './actions.js';
import { HistoryTop, PageFailure } from './HistoryTop.js';
import { JumpButton } from './JumpButton.js';
import { Message } from './Message.js';
import { estimateHeight, keepRows, lastSeq, rowsOf } from './rows.js';
import type { MessageRow } from './rows.js';
import { DaySeparator, UnreadSeparator } from './Separators.js';
import { useAnnouncedMessages } from './useAnnouncedMessages.js';
import { useJumps } from './useJumps.js';
import { useReading } from './useReading.js';

/** Props of the list. */
export interface MessageListProps {
  readonly conversationId: ConversationId;
  readonly components?: Partial<ChatSlots>;
}

/** The messages of a conversation: begins at what is new, keeps its place, follows at the end. */
export function MessageList({ conversationId, components }: MessageListProps) {
  const handle = useOpenConversation(conversationId);
  return (
    <SlotsScope components={components}>
      <MessageDeedsScope handle={handle}>
        <LoadedMessages key={conversationId} handle={handle} />
      </MessageDeedsScope>
    </SlotsScope>
  );
}

function LoadedMessages({ handle }: { readonly handle: ConversationHandle }) {
  const { t } = useText();
  const window = useStore(handle.messages);
  const error = useStore(handle.error);
  const Empty = useSlot('EmptyState', EmptyState);
  useAnnouncedMessages(window);
  if (window.items.length > 0) return <History handle={handle} window={window} />;
  const failure = window.error ?? error;
  if (failure) {
    const isGone = failure.code === 'not_found';
    // The client tries again by itself.
    return <div className="chat-messages__state" role="alert"><Empty title={t(isGone ? 'conversationGone' : 'loadFailed')} hint={isGone ? undefined : t('loadAgain')} /></div>;
  }
  const isEmpty = !window.isLoading && !window.hasOlder;
  return (
    <div className="chat-messages__state">
      {isEmpty ? <Empty title={t('noMessages')} hint={t('noMessagesHint')} /> : <div role="status"><span className="chat-spinner" /><span className="chat-sr-only">{t('loadingMessages')}</span></div>}
    </div>
  );
}

const PAGE_AHEAD_ROWS = 15;

function History({ handle, window }: { readonly handle: ConversationHandle; readonly window: MessageWindowState }) {
  const { t } = useText();
  const userId = useUserId();
  const { messages } = handle;
  const list = useRef<VirtualHistoryHandle>(null);
  const [view, setView] = useState<HistoryView>();
  const reading = useReading(handle, window, userId);
  const rows = useRows(window, reading.newAfter);
  const found = useJumps(window, list);
  const conversation = useStore(handle.conversation);
  const isGroup = (conversation?.participant_count ?? 2) > 2;
  const unseen = window.hasNewer ? conversation?.unread_count ?? 0 : reading.unseen;
  const firstNew = rows.findIndex((row) => row.beginsNew);
  const { see } = reading;
  const onView = useCallback((next: HistoryView) => {
    setView(next);
    const { hasNewer, items } = messages.get();
    see(lastSeq(items.slice(0, next.last + 1)));
    messages.follow(next.isAtEnd && !hasNewer);
  }, [messages, see]);
  useEffect(() => {
    if (!view || window.error) return;
    if (view.first < PAGE_AHEAD_ROWS && window.hasOlder && !window.isLoadingOlder) void messages.loadOlder();
    if (view.last >= rows.length - PAGE_AHEAD_ROWS && window.hasNewer && !window.isLoadingNewer) void messages.loadNewer();
  }, [messages, view, rows.length, window]);
  const jumpToLatest = async () => {
    if (window.hasNewer) await messages.jumpToLatest();
    list.current?.scrollToEnd();
  };
  const renderRow = useCallback((row: MessageRow) => <Row row={row} handle={handle} isGroup={isGroup} isFound={row.item.message.id === found} />, [handle, isGroup, found]);
  return (
    <div className="chat-messages">
      <VirtualHistory
        handleRef={list} className="chat-messages__scroller" label={t('messages')} rows={rows} keyOf={keyOf} renderRow={renderRow}
        estimate={estimateHeight} onView={onView}
        initialRow={firstNew > 0 ? firstNew : undefined} isComplete={!window.hasNewer} isBusy={window.isLoadingOlder || window.isLoadingNewer}
        top={<HistoryTop window={window} />}
      />
      <PageFailure window={window} onRetry={() => void (window.hasNewer ? messages.loadNewer() : messages.loadOlder())} />
      {(view?.isAtEnd === false || window.hasNewer) && <JumpButton count={unseen} onJump={() => void jumpToLatest()} />}
    </div>
  );
}

function keyOf(row: MessageRow): string {
  return row.item.key;
}

/** The rows of a window; those that have not changed are the same objects. */
function useRows({ items, hasOlder }: MessageWindowState, newAfter: number | null): readonly MessageRow[] {
  const last = useRef<readonly MessageRow[]>([]);
  const rows = useMemo(() => keepRows(last.current, rowsOf(items, newAfter, hasOlder)), [items, newAfter, hasOlder]);
  useEffect(() => {
    last.current = rows;
  }, [rows]);
  return rows;
}

interface RowProps {
  readonly row: MessageRow;
  readonly handle: ConversationHandle;
  readonly isGroup: boolean;
  readonly isFound: boolean;
}

function Row({ row: { item, beginsDay, beginsNew, follows, isFollowed }, ...props }: RowProps) {
  const Day = useSlot('DaySeparator', DaySeparator);
  const New = useSlot('UnreadSeparator', UnreadSeparator);
  const One = useSlot('Message', Message);
  return (
    <>
      {beginsDay && <Day at={item.message.created_at} />}
      {beginsNew && <New />}
      <One item={item} follows={follows} isFollowed={isFollowed} {...props} />
    </>
  );
}
