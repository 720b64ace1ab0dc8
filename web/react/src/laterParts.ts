/** Parts that a page shows only after somebody asked for them: their code comes when the page is idle. */

import type { LightboxProps } from './attachments/Lightbox.js';
import type { ConversationSettingsProps } from './dialogs/ConversationSettings.js';
import type { NewConversationProps } from './dialogs/NewConversation.js';
import type { MessageToastsProps } from './notifications/MessageToasts.js';
import { later } from './primitives/later.js';
import type { SearchPanelProps } from './search/SearchPanel.js';
import { PlayerPlace, RecorderPlace } from './voice/places.js';

/** The search. */
export const SearchPanel = later<SearchPanelProps>(async () => (await import('./search/SearchPanel.js')).SearchPanel);

/** Pictures over the whole page. */
export const Lightbox = later<LightboxProps>(async () => (await import('./attachments/Lightbox.js')).Lightbox);

/** The settings of a conversation. */
export const ConversationSettings = later<ConversationSettingsProps>(async () => (await import('./dialogs/ConversationSettings.js')).ConversationSettings);

/** The dialog in which a conversation begins. */
export const NewConversation = later<NewConversationProps>(async () => (await import('./dialogs/NewConversation.js')).NewConversation);

/** New messages, told of in passing. */
export const MessageToasts = later<MessageToastsProps>(async () => (await import('./notifications/MessageToasts.js')).MessageToasts);

/** A voice message that can be listened to. */
export const VoicePlayer = later(async () => (await import('./voice/VoicePlayer.js')).VoicePlayer, PlayerPlace);

/** The row of a recording. */
export const VoiceRecorder = later(async () => (await import('./voice/VoiceRecorder.js')).VoiceRecorder, RecorderPlace);
