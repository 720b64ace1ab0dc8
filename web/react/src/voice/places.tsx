/** What stands in the place of a player and of a recording until their code has come. */

import { useText } from '../i18n/useText.js';
import { Icon } from '../primitives/Icon.js';
import type { Recorder } from './useRecorder.js';

/** As high as a player, so that nothing jumps when it comes. */
export function PlayerPlace() {
  return <div className="chat-voice" />;
}

/** A recording can be given up in any case: the microphone is open. */
export function RecorderPlace({ recorder }: { readonly recorder: Recorder }) {
  const { t } = useText();
  return (
    <div className="chat-recorder">
      <button type="button" className="chat-icon-button" aria-label={t('cancelRecording')} title={t('cancelRecording')} onClick={recorder.cancel}>
        <Icon name="trash" />
      </button>
    </div>
  );
}
