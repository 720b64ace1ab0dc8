/** Files that were chosen, dropped or pasted: those that can be sent go on, the others are named with the reason. */

import { useState } from 'react';
import { formatBytes, shownName } from '../attachments/bytes.js';
import { useText } from '../i18n/useText.js';
import type { Translate } from '../i18n/strings.js';
import { MAX_FILE_BYTES, MAX_FILES, sortFiles } from './files.js';
import type { FileProblem, FileRules } from './files.js';
import type { ComposerUploads } from './useUploads.js';

/** Taking files, and what was refused last. */
export interface ChosenFiles {
  readonly take: (files: readonly File[]) => void;
  /** Why some were refused, a sentence each. */
  readonly problems: readonly string[];
  readonly clearProblems: () => void;
}

/** Checks files before they are sent. */
export function useChosenFiles(uploads: ComposerUploads, rules: { readonly accept: string | undefined; readonly maxFileBytes: number | undefined }): ChosenFiles {
  const { t, locale } = useText();
  const [problems, setProblems] = useState<readonly string[]>([]);
  const { accept, maxFileBytes = MAX_FILE_BYTES } = rules;
  return {
    take(files) {
      const checked: FileRules = { accept, maxBytes: maxFileBytes, maxFiles: MAX_FILES };
      const { taken, refused } = sortFiles(files, checked, uploads.items.length);
      if (taken.length > 0) uploads.add(taken);
      setProblems(refused.map(({ file, problem }) => sentence(t, problem, shownName(file.name), formatBytes(maxFileBytes, locale))));
    },
    problems,
    clearProblems: () => setProblems([]),
  };
}

function sentence(t: Translate, problem: FileProblem, name: string, limit: string): string {
  switch (problem) {
    case 'empty': return t('fileEmpty', { name });
    case 'too_large': return t('fileTooLarge', { name, limit });
    case 'wrong_type': return t('fileWrongType', { name });
    case 'too_many': return t('fileTooMany', { name, limit: MAX_FILES });
  }
}
