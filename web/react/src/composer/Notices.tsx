/** What went wrong with a text, a file or a recording, above the input: said at once, and there until it is dismissed. */

import { useText } from '../i18n/useText.js';
import type { TextKey } from '../i18n/strings.js';
import { Icon } from '../primitives/Icon.js';
import type { RecordingProblem } from '../voice/recorder.js';
import type { Recorder } from '../voice/useRecorder.js';
import type { ChosenFiles } from './useChosenFiles.js';
import type { ComposerView } from './useComposer.js';

const RECORDING: Readonly<Record<RecordingProblem, TextKey>> = {
  denied: 'microphoneDenied',
  no_microphone: 'microphoneMissing',
  unsupported: 'recordingUnsupported',
  failed: 'recordingFailed',
};

/** Props of the notices. */
export interface NoticesProps {
  readonly composer: ComposerView;
  readonly chosen: ChosenFiles;
  readonly recorder: Recorder;
}

/** What went wrong. */
export function Notices({ composer, chosen, recorder }: NoticesProps) {
  const { t } = useText();
  const { state } = recorder;
  const texts = [
    ...(composer.excessBytes > 0 ? [t('tooLong', { count: composer.excessBytes })] : []),
    ...(composer.problem ? [composer.problem] : []),
    ...chosen.problems,
    ...(state.phase === 'failed' ? [t(RECORDING[state.problem])] : []),
  ];
  const dismiss = () => {
    composer.clearProblem();
    chosen.clearProblems();
    if (state.phase === 'failed') recorder.cancel();
  };
  return (
    <div role="alert" className="chat-notices">
      {texts.length > 0 && (
        <div className="chat-notice">
          <Icon name="alert" />
          <span className="chat-notice__texts">{texts.map((text) => <span key={text}>{text}</span>)}</span>
          <button type="button" className="chat-icon-button" data-size="sm" aria-label={t('dismiss')} title={t('dismiss')} onClick={dismiss}>
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
