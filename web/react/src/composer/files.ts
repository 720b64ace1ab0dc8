/** Files on their way into a message: where they come from, and whether the server would take them. */

/** How many attachments a message takes. */
export const MAX_FILES = 10;

/** How large a file may be unless the operator says otherwise: 25 MiB. */
export const MAX_FILE_BYTES = 25 * 1024 * 1024;

/** Why a file is not even tried. */
export type FileProblem = 'empty' | 'too_large' | 'wrong_type' | 'too_many';

/** What files an input takes. `accept` is written as for `<input type="file">`: `image/*,.pdf`. */
export interface FileRules {
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly accept?: string | undefined;
}

/** Parts those that can be uploaded from those that cannot. `already` counts the files that the message has. */
export function sortFiles(files: readonly File[], rules: FileRules, already: number): { taken: File[]; refused: { file: File; problem: FileProblem }[] } {
  const taken: File[] = [];
  const refused: { file: File; problem: FileProblem }[] = [];
  for (const file of files) {
    const problem = already + taken.length >= rules.maxFiles ? 'too_many' : checkFile(file, rules);
    if (problem) refused.push({ file, problem });
    else taken.push(file);
  }
  return { taken, refused };
}

/** What is wrong with a file by itself. */
export function checkFile(file: File, rules: Pick<FileRules, 'maxBytes' | 'accept'>): FileProblem | undefined {
  if (file.size === 0) return 'empty';
  if (file.size > rules.maxBytes) return 'too_large';
  if (rules.accept && !accepts(rules.accept, file)) return 'wrong_type';
  return undefined;
}

function accepts(accept: string, file: File): boolean {
  const name = file.name.toLowerCase();
  const type = file.type.toLowerCase();
  return accept.toLowerCase().split(',').map((rule) => rule.trim()).some((rule) => {
    if (rule.startsWith('.')) return name.endsWith(rule);
    if (rule.endsWith('/*')) return type.startsWith(rule.slice(0, -1));
    return rule !== '' && type === rule;
  });
}

/** Whether what is dragged over the page holds files. While it hovers, browsers tell no more than that. */
export function holdsFiles(transfer: Pick<DataTransfer, 'types'> | null): boolean {
  return transfer !== null && Array.from(transfer.types).includes('Files');
}

/**
 * The files of a paste, unless it has text too: office programs put a picture of the text beside it, and the text is
 * what is wanted.
 */
export function pastedFiles(transfer: Pick<DataTransfer, 'files' | 'types'> | null): File[] {
  if (!transfer) return [];
  const hasText = Array.from(transfer.types).some((type) => type === 'text/plain');
  return hasText ? [] : Array.from(transfer.files);
}
