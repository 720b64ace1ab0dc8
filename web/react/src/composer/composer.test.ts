import { beforeEach, describe, expect, it } from 'vitest';
import { draftsOf } from './drafts.js';
import { checkFile, holdsFiles, pastedFiles, sortFiles } from './files.js';
import { nextUploads, PARALLEL_UPLOADS, uploads, type UploadItem, type UploadStep } from './uploads.js';

const file = (name: string, size: number, type = '') => {
  const made = new File(['x'], name, { type });
  Object.defineProperty(made, 'size', { value: size });
  return made;
};

describe('drafts', () => {
  beforeEach(() => localStorage.clear());

  it('are kept for each person and conversation', () => {
    draftsOf(1).set('a', 'half a');
    draftsOf(2).set('a', 'of another');
    expect(draftsOf(1).get('a')).toEqual('half a');
    expect(draftsOf(1).get('b')).toBe('');
    expect(draftsOf(2).get('a')).toEqual('of another');
  });

  it('are forgotten when they are blank, and all of one person at once', () => {
    draftsOf(1).set('a', 'x');
    draftsOf(1).set('a', '  ');
    expect(localStorage.length).toBe(0);
    draftsOf(1).set('a', 'x');
    draftsOf(1).set('b', 'x');
    draftsOf(12).set('b', 'stays');
    draftsOf(1).clear();
    expect(localStorage.length).toBe(1);
    expect(draftsOf(12).get('b')).toEqual('stays');
  });

  it('do no harm where storage is full or forbidden', () => {
    const refuse = () => { throw new DOMException('', 'QuotaExceededError'); };
    const full = { getItem: refuse, setItem: refuse, removeItem: refuse, key: refuse, length: 1 };
    const drafts = draftsOf(1, full);
    drafts.set('a', 'x');
    drafts.clear();
    expect(drafts.get('a')).toBe('');
  });
});

describe('files', () => {
  const rules = { maxBytes: 100, maxFiles: 2, accept: 'image/*,.pdf' };

  it('are checked before they are sent', () => {
    expect(checkFile(file('a.png', 0, 'image/png'), rules)).toBe('empty');
    expect(checkFile(file('a.png', 101, 'image/png'), rules)).toBe('too_large');
    expect(checkFile(file('a.png', 100, 'image/png'), rules)).toBeUndefined();
    expect(checkFile(file('A.PDF', 5), rules)).toBeUndefined();
    expect(checkFile(file('a.exe', 5, 'application/x-msdownload'), rules)).toBe('wrong_type');
    expect(checkFile(file('a.exe', 5), { maxBytes: 100 })).toBeUndefined();
  });

  it('beyond what a message takes are refused, those of a wrong kind do not count', () => {
    const [one, wrong, two, three] = [file('1.pdf', 1), file('2.exe', 1), file('3.pdf', 1), file('4.pdf', 1)] as const;
    const sorted = sortFiles([one, wrong, two, three], rules, 0);
    expect(sorted.taken).toEqual([one, two]);
    expect(sorted.refused.map(({ problem }) => problem)).toEqual(['wrong_type', 'too_many']);
    expect(sortFiles([one], rules, 2).refused).toEqual([{ file: one, problem: 'too_many' }]);
  });

  it('of a paste count only without text beside them', () => {
    const picture = file('image.png', 5, 'image/png');
    const files = [picture] as unknown as FileList;
    expect(pastedFiles({ files, types: ['Files'] })).toEqual([picture]);
    expect(pastedFiles({ files, types: ['text/plain', 'text/html', 'Files'] })).toEqual([]);
    expect(pastedFiles(null)).toEqual([]);
    expect(holdsFiles({ types: ['Files'] })).toBe(true);
    expect(holdsFiles({ types: ['text/plain'] })).toBe(false);
  });
});

describe('uploads', () => {
  type Items = readonly UploadItem<string>[];
  const add = (...keys: string[]): UploadStep<string> => ({ type: 'add', files: keys.map((key) => ({ key, file: file(key, 1) })) });
  const run = (...steps: UploadStep<string>[]) => steps.reduce((items: Items, step) => uploads(items, step), []);

  it('begin a few at a time, the oldest first', () => {
    const waiting = run(add('a', 'b', 'c', 'd', 'e'));
    expect(nextUploads(waiting).map(({ key }) => key)).toEqual(['a', 'b', 'c'].slice(0, PARALLEL_UPLOADS));
    const two = run(add('a', 'b', 'c', 'd'), { type: 'began', key: 'a' }, { type: 'began', key: 'b' });
    expect(nextUploads(two).map(({ key }) => key)).toEqual(['c']);
  });

  it('end with what the server made of the file', () => {
    const [item] = run(add('a'), { type: 'began', key: 'a' }, { type: 'progress', key: 'a', progress: 2 }, { type: 'done', key: 'a', attachment: 'made' });
    expect(item).toMatchObject({ status: 'done', progress: 1, attachment: 'made' });
  });

  it('that failed can be tried again', () => {
    const failed = run(add('a'), { type: 'began', key: 'a' }, { type: 'failed', key: 'a', reason: 'offline' });
    expect(failed[0]).toMatchObject({ status: 'failed', reason: 'offline' });
    expect(uploads(failed, { type: 'retry', key: 'a' })[0]).toMatchObject({ status: 'waiting', progress: 0 });
  });

  it('take no news of a file that was removed', () => {
    expect(run(add('a'), { type: 'began', key: 'a' }, { type: 'remove', key: 'a' }, { type: 'done', key: 'a', attachment: 'made' })).toEqual([]);
  });
});
