import { expect, it } from 'vitest';
import { highlightPieces } from './highlight.js';

it('parts hits from the rest and takes escapes back', () => {
  expect(highlightPieces('Tom &amp; I fix <mark>roofs</mark>; a &lt;b&gt;')).toEqual([
    { text: 'Tom & I fix ', hit: false },
    { text: 'roofs', hit: true },
    { text: '; a <b>', hit: false },
  ]);
});

it('takes no escape back twice', () => {
  expect(highlightPieces('&amp;lt;mark&amp;gt;')).toEqual([{ text: '&lt;mark&gt;', hit: false }]);
});

it('shows any other tag as text', () => {
  expect(highlightPieces('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>', hit: false }]);
});
