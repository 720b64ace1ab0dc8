/** The buttons beside a message: react, reply, and a menu with the rest. */

import type { ConversationHandle, MessageItem } from '@workconnect/chat-client';
import { EmojiButton } from '../emoji/EmojiButton.js';
import { useUserId } from '../hooks/useClient.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import { senderName } from '../conversations/describe.js';
import { Icon } from '../primitives/Icon.js';
import type { IconName } from '../primitives/Icon.js';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../primitives/Menu.js';
import { useComposerTarget } from '../window/target.js';
import { useMessageDeeds } from './actions.js';

/** Reactions that are at hand without the picker. */
export const QUICK_REACTIONS: readonly string[] = ['👍', '❤️', '😂', '🎉', '😮', '🙏'];

const EDIT_WINDOW_MS = 24 * 3_600_000;

interface Props {
  readonly item: MessageItem;
  readonly handle: ConversationHandle;
}

/** The buttons beside a stored message. */
export function MessageMenu({ item, handle }: Props) {
  const { t } = useText();
  const userId = useUserId();
  const { run } = useMessageDeeds();
  const { reply } = useComposerTarget();
  const react = useReact({ item, handle });
  const name = senderName(item.message, userId, t);
  return (
    <div className="chat-message__actions">
      <span className="chat-message__quick">
        <EmojiButton className="chat-icon-button" label={t('react')} placement="top-start" onSelect={(emoji) => run(react(emoji))} />
        <button type="button" className="chat-icon-button" aria-label={t('reply')} title={t('reply')} onClick={() => reply(item)}><Icon name="reply" /></button>
      </span>
      <Menu>
        <MenuTrigger className="chat-icon-button" aria-label={t('messageMenu', { name })} title={t('more')}><Icon name="more" /></MenuTrigger>
        <MenuContent className="chat-menu"><Items item={item} handle={handle} /></MenuContent>
      </Menu>
    </div>
  );
}

function Items({ item, handle }: Props) {
  const { t } = useText();
  const { run, tell, askRemove, askReport } = useMessageDeeds();
  const { reply, edit } = useComposerTarget();
  const react = useReact({ item, handle });
  const moderates = useModerates(handle);
  const { message, isMine } = item;
  const canEdit = isMine && Date.now() - Date.parse(message.created_at) < EDIT_WINDOW_MS && message.message_type === 'text';
  const copy = () => run(navigator.clipboard.writeText(message.content).then(() => tell(t('copied'))));
  return (
    <>
      <div className="chat-menu__emojis">
        {QUICK_REACTIONS.map((emoji) => (
          <MenuItem key={emoji} className="chat-menu__emoji" aria-label={t('reactWith', { emoji })} onSelect={() => run(react(emoji))}>{emoji}</MenuItem>
        ))}
      </div>
      <Item icon="reply" label={t('reply')} onSelect={() => reply(item)} />
      {message.content !== '' && <Item icon="copy" label={t('copy')} onSelect={copy} />}
      {canEdit && <Item icon="edit" label={t('edit')} onSelect={() => edit(item)} />}
      {!isMine && message.sender && <Item icon="flag" label={t('report')} onSelect={() => askReport(item)} />}
      {(isMine || moderates) && <Item icon="trash" label={t('remove')} onSelect={() => askRemove(item)} isDangerous />}
    </>
  );
}

interface ItemProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onSelect: () => void;
  readonly isDangerous?: boolean;
}

function Item({ icon, label, onSelect, isDangerous }: ItemProps) {
  return <MenuItem className="chat-menu__item" data-danger={isDangerous || undefined} onSelect={onSelect}><Icon name={icon} />{label}</MenuItem>;
}

/** Sets one's own reaction, or takes it back if it is there. */
function useReact({ item: { message }, handle }: Props): (emoji: string) => Promise<void> {
  return async (emoji) => {
    const isThere = message.reactions.some((reaction) => reaction.emoji === emoji && reaction.me);
    if (message.id) await handle.react(message.id, emoji, !isThere);
  };
}

/** Whether one may delete what others said here. */
function useModerates(handle: ConversationHandle): boolean {
  const userId = useUserId();
  const role = useStore(handle.conversation)?.participants.find(({ id }) => id === userId)?.role;
  return role === 'owner' || role === 'admin';
}
