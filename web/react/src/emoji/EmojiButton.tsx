/** The button that opens the emoji picker. The picker and its emoji are loaded when it is first opened. */

import { PopoverButton } from '../dialogs/PopoverButton.js';
import type { PopoverButtonProps } from '../dialogs/PopoverButton.js';
import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import { later } from '../primitives/later.js';

const EmojiPicker = later(async () => (await import('../emoji.js')).EmojiPicker, Loading, true);

function Loading() {
  return <div className="chat-emoji__loading"><span className="chat-spinner" /></div>;
}

/** Props of the emoji button. */
export interface EmojiButtonProps extends Partial<Pick<PopoverButtonProps, 'label' | 'className' | 'placement' | 'disabled' | 'icon'>> {
  readonly onSelect: (emoji: string) => void;
}

/** A button that opens the emoji picker and gives the chosen emoji. */
export function EmojiButton({ onSelect, label, icon = <Icon name="smile" />, placement = 'top-end', ...props }: EmojiButtonProps) {
  const { t } = useText();
  return (
    <PopoverButton {...props} label={label ?? t('emoji')} panelLabel={t('emojiPicker')} placement={placement} icon={icon} panelClassName="chat-emoji__panel">
      {(close) => (
        <EmojiPicker
          onSelect={(emoji) => {
            close();
            onSelect(emoji);
          }}
        />
      )}
    </PopoverButton>
  );
}
