import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { expectAccessible, partsClient, renderPart } from '../../test/partsFixture.js';
import { EmojiPicker } from './EmojiPicker.js';
import { rememberEmoji } from './recent.js';

beforeEach(() => localStorage.clear());

const mount = () => {
  const onSelect = vi.fn();
  return { onSelect, ...renderPart(<EmojiPicker onSelect={onSelect} />, partsClient().client) };
};
const cell = (name: string) => screen.getByTitle(name);

it('is walked by arrow keys, from the search into the rows and back', () => {
  const { onSelect } = mount();
  const search = screen.getByLabelText('Search emoji');
  expect(search).toHaveFocus();
  fireEvent.keyDown(search, { key: 'ArrowDown' });
  expect(cell('grinning face')).toHaveFocus();
  fireEvent.keyDown(cell('grinning face'), { key: 'ArrowRight' });
  expect(cell('grinning face with big eyes')).toHaveFocus();
  fireEvent.keyDown(cell('grinning face with big eyes'), { key: 'ArrowDown' });
  const below = document.activeElement;
  expect(below?.closest('[role="row"]')).toBe(screen.getAllByRole('row')[1]);
  fireEvent.click(below!);
  expect(onSelect).toHaveBeenCalledOnce();
  fireEvent.keyDown(below!, { key: 'ArrowUp' });
  fireEvent.keyDown(cell('grinning face with big eyes'), { key: 'ArrowUp' });
  expect(search).toHaveFocus();
});

it('finds by words, and Enter takes the first', async () => {
  const { onSelect } = mount();
  await userEvent.type(screen.getByLabelText('Search emoji'), 'tada{Enter}');
  expect(onSelect).toHaveBeenCalledWith('🎉');
  await userEvent.type(screen.getByLabelText('Search emoji'), 'xyzzy');
  expect(screen.getAllByText('No emoji found')).not.toHaveLength(0);
});

it('shows one group at a time, and those that were chosen last first', async () => {
  rememberEmoji('🎉');
  mount();
  expect(screen.getByRole('tab', { selected: true })).toHaveAccessibleName('Recent');
  expect(screen.getAllByRole('row')).toHaveLength(1);
  fireEvent.click(screen.getByRole('tab', { name: 'Flags' }));
  expect(cell('flag: Germany')).toBeInTheDocument();
});

it('is accessible', async () => {
  const { container } = mount();
  await userEvent.type(screen.getByLabelText('Search emoji'), 'party');
  await expectAccessible(container);
});
