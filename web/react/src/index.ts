'use client';
/** Hooks, and the provider that they need. No styles, no markup. */

export { ChatProvider } from './provider/ChatProvider.js';
export type { ChatProviderProps } from './provider/ChatProvider.js';
export { tokenFrom } from './provider/tokenFrom.js';
export { useChatClient, useChatEvent, useConnection, useUserId } from './hooks/useClient.js';
export { useConversation, useConversationHandle, useConversations, useParticipants, useReadReceipts, useUnreadCount } from './hooks/useConversations.js';
export type { ConversationView } from './hooks/useConversations.js';
export { useMessageActions, useMessages, useSendMessage } from './hooks/useMessages.js';
export type { MessageActions, MessageSending, MessagesView } from './hooks/useMessages.js';
export type { PagedList } from './hooks/usePaginator.js';
export { useOwnPresence, usePresence, useTyping } from './hooks/usePeople.js';
export type { TypingView } from './hooks/usePeople.js';
export { useSearch } from './hooks/useSearch.js';
export { useStore } from './hooks/useStore.js';
export { useUpload } from './hooks/useUpload.js';
export type { UploadView } from './hooks/useUpload.js';
export type { ChatTexts, PluralText, TextKey } from './i18n/strings.js';
