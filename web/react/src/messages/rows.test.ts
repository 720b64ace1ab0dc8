import { describe, expect, it } from 'vitest';
import { makeId, makeItem, makeMessage } from '../testing/make.js';
import { isJumbo } from './MessageText.js';
import { keepRows, lastSeq, rowsOf } from './rows.js';

const clara = { id: 1, name: 'Clara' };
const felix = { id: 2, name: 'Felix' };
const item = (seq: number, sender: typeof clara | null, minutes: number) => makeItem(makeMessage(makeId(1), seq, sender, `m${seq}`, { created_at: new Date(2026, 10, 23, 8, minutes).toISOString() }), 1);

describe('rows', () => {
  it('group what one person says within five minutes', () => {
    const rows = rowsOf([item(1, felix, 0), item(2, felix, 4), item(3, felix, 10), item(4, clara, 11)], null, false);
    expect(rows.map((row) => [row.follows, row.isFollowed])).toEqual([[false, true], [true, false], [false, false], [false, false]]);
  });

  it('begin a day', () => {
    const rows = rowsOf([item(1, felix, 0), item(2, felix, 24 * 60)], null, false);
    expect(rows.map((row) => row.beginsDay)).toEqual([true, true]);
    expect(rows[1]?.follows).toBe(false);
  });

  it('begin what is new with what another person said', () => {
    const rows = rowsOf([item(1, felix, 0), item(2, clara, 1), item(3, null, 2), item(4, felix, 3), item(5, felix, 4)], 1, false);
    expect(rows.findIndex((row) => row.beginsNew)).toBe(3);
  });

  it('do not say where the new begins while it may begin earlier', () => {
    const items = [item(5, felix, 0), item(6, felix, 1)];
    expect(rowsOf(items, 2, true).some((row) => row.beginsNew)).toBe(false);
    expect(rowsOf(items, 2, false)[0]?.beginsNew).toBe(true);
  });

  it('stay the same objects as long as they are the same', () => {
    const items = [item(1, felix, 0), item(2, clara, 1)];
    const before = rowsOf(items, null, false);
    const after = keepRows(before, rowsOf([...items, item(3, clara, 2)], null, false));
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[1]?.isFollowed).toBe(true);
  });

  it('know the last stored position', () => {
    const pending = { ...item(9, clara, 9), message: { ...item(9, clara, 9).message, seq: null, id: null } };
    expect(lastSeq([item(1, felix, 0), item(2, felix, 1), pending])).toBe(2);
    expect(lastSeq([])).toBe(0);
  });
});

describe('jumbo emoji', () => {
  it.each([['🎉', true], ['🎉 👍🏽', true], ['👩‍👩‍👧', true], ['🎉🎉🎉🎉', false], ['12', false], ['ok 🎉', false], ['', false]])('%s', (content, large) => {
    expect(isJumbo(makeMessage(makeId(1), 1, clara, content))).toBe(large);
  });
});
