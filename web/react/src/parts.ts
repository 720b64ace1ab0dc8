/** Writing, files, voice, search, notifications, presence and dialogs; `ui.ts` gives them on. */

export { MessageInput } from './composer/MessageInput.js';
export type { MessageInputProps } from './composer/MessageInput.js';
export { useComposer } from './composer/useComposer.js';
export type { ComposerView } from './composer/useComposer.js';
export { draftsOf } from './composer/drafts.js';
export type { Drafts } from './composer/drafts.js';
export { Attachments } from './attachments/Attachments.js';
export type { AttachmentListProps } from './attachments/Attachments.js';
export { ConversationSettings, Lightbox, MessageToasts, NewConversation, SearchPanel, VoicePlayer } from './laterParts.js';
export { EmojiButton } from './emoji/EmojiButton.js';
export type { EmojiButtonProps } from './emoji/EmojiButton.js';
export type { SearchPanelProps } from './search/SearchPanel.js';
export { NotificationBell } from './notifications/NotificationBell.js';
export type { NotificationBellProps } from './notifications/NotificationBell.js';
export type { MessageToastsProps } from './notifications/MessageToasts.js';
export { ConnectionBanner } from './connection/ConnectionBanner.js';
export { OwnStatus } from './presence/OwnStatus.js';
export { TypingIndicator } from './presence/TypingIndicator.js';
export { UserPresence } from './presence/UserPresence.js';
export type { UserPresenceProps } from './presence/UserPresence.js';
export type { JobChoice, NewConversationProps } from './dialogs/NewConversation.js';
export type { ConversationSettingsProps } from './dialogs/ConversationSettings.js';
export { PopoverButton } from './dialogs/PopoverButton.js';
export type { Person } from './dialogs/useKnownPeople.js';
