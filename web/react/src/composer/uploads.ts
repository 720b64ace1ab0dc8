/** The files of a message that is being written, on their way to the server: a reducer without network. */

/** How far one file is. */
export type UploadStatus = 'waiting' | 'uploading' | 'done' | 'failed';

/** One file of the message; `A` is what the server makes of it. */
export interface UploadItem<A> {
  readonly key: string;
  readonly file: File;
  readonly status: UploadStatus;
  /** 0 to 1. */
  readonly progress: number;
  readonly attachment?: A;
  /** Why it failed, for the person. */
  readonly reason?: string;
}

/** What happens to the files. */
export type UploadStep<A> =
  | { readonly type: 'add'; readonly files: readonly { readonly key: string; readonly file: File }[] }
  | { readonly type: 'began'; readonly key: string }
  | { readonly type: 'progress'; readonly key: string; readonly progress: number }
  | { readonly type: 'done'; readonly key: string; readonly attachment: A }
  | { readonly type: 'failed'; readonly key: string; readonly reason: string }
  | { readonly type: 'retry'; readonly key: string }
  | { readonly type: 'remove'; readonly key: string }
  | { readonly type: 'clear' };

/** How many files are sent at the same time. */
export const PARALLEL_UPLOADS = 3;

/** The files after a step. */
export function uploads<A>(items: readonly UploadItem<A>[], step: UploadStep<A>): readonly UploadItem<A>[] {
  const change = (key: string, from: UploadStatus, to: Partial<UploadItem<A>>) =>
    items.map((item) => (item.key === key && item.status === from ? { ...item, ...to } : item));
  switch (step.type) {
    case 'add':
      return [...items, ...step.files.map(({ key, file }) => ({ key, file, status: 'waiting' as const, progress: 0 }))];
    case 'began':
      return change(step.key, 'waiting', { status: 'uploading' });
    case 'progress':
      return change(step.key, 'uploading', { progress: Math.min(1, Math.max(0, step.progress)) });
    case 'done':
      return change(step.key, 'uploading', { status: 'done', progress: 1, attachment: step.attachment });
    case 'failed':
      return change(step.key, 'uploading', { status: 'failed', reason: step.reason });
    case 'retry':
      return change(step.key, 'failed', { status: 'waiting', progress: 0 });
    case 'remove':
      return items.filter((item) => item.key !== step.key);
    case 'clear':
      return [];
  }
}

/** The files that may begin now, oldest first. */
export function nextUploads<A>(items: readonly UploadItem<A>[]): readonly UploadItem<A>[] {
  const running = items.filter((item) => item.status === 'uploading').length;
  return items.filter((item) => item.status === 'waiting').slice(0, Math.max(0, PARALLEL_UPLOADS - running));
}
