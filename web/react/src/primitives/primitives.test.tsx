import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { expectAccessible } from '../../test/fixture.js';
import { Announcer, useAnnounce } from './Announcer.js';
import { Dialog } from './Dialog.js';
import { later } from './later.js';
import { Menu, MenuContent, MenuItem, MenuTrigger } from './Menu.js';

it('menus open by keys at either end, and Tab leaves them', async () => {
  const user = userEvent.setup();
  const choose = vi.fn();
  render(
    <Menu>
      <MenuTrigger>Open</MenuTrigger>
      <MenuContent>
        <MenuItem onSelect={choose}>One</MenuItem>
        <MenuItem onSelect={choose} disabled>Two</MenuItem>
        <MenuItem onSelect={choose}>Three</MenuItem>
      </MenuContent>
    </Menu>,
  );
  screen.getByRole('button').focus();
  await user.keyboard('{ArrowUp}');
  await waitFor(() => expect(screen.getByRole('menuitem', { name: 'Three' })).toHaveFocus());
  await user.keyboard('{ArrowDown}');
  expect(screen.getByRole('menuitem', { name: 'One' })).toHaveFocus();
  await expectAccessible();
  await user.click(screen.getByRole('menuitem', { name: 'Two' }));
  expect(choose).not.toHaveBeenCalled();
  await user.keyboard('{Tab}');
  expect(screen.queryByRole('menu')).toBeNull();
});

it('menus close at a press elsewhere', async () => {
  const user = userEvent.setup();
  render(<><Menu><MenuTrigger>Open</MenuTrigger><MenuContent><MenuItem onSelect={() => undefined}>One</MenuItem></MenuContent></Menu><p>elsewhere</p></>);
  await user.click(screen.getByRole('button', { name: 'Open' }));
  await screen.findByRole('menu');
  await user.click(screen.getByText('elsewhere'));
  expect(screen.queryByRole('menu')).toBeNull();
});

it('dialogs give the focus back', async () => {
  const { rerender } = render(<><button type="button">before</button><Dialog open={false} onClose={() => undefined} aria-label="Question">content</Dialog></>);
  screen.getByRole('button').focus();
  rerender(<><button type="button">before</button><Dialog open onClose={() => undefined} aria-label="Question">content</Dialog></>);
  expect(screen.getByRole('dialog', { name: 'Question' })).toHaveTextContent('content');
  rerender(<><button type="button">before</button><Dialog open={false} onClose={() => undefined} aria-label="Question">content</Dialog></>);
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(screen.getByRole('button')).toHaveFocus();
});

it('announcers do not add up', async () => {
  function Speaker() {
    const announce = useAnnounce();
    return <button type="button" onClick={() => announce('said')}>say</button>;
  }
  render(<Announcer><Announcer><Speaker /></Announcer></Announcer>);
  await userEvent.click(screen.getByRole('button'));
  expect(screen.getAllByText('said')).toHaveLength(1);
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(2);
});

it('later parts appear when they are there, and are asked for again after a failure', async () => {
  const load = vi.fn<() => Promise<typeof Part>>().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(Part);
  const Later = later(load, () => <p>meanwhile</p>);
  const { unmount } = render(<Later />);
  await waitFor(() => expect(load).toHaveBeenCalledTimes(1));
  expect(screen.getByText('meanwhile')).toBeInTheDocument();
  unmount();
  render(<Later />);
  expect(await screen.findByText('part')).toBeInTheDocument();
});

function Part() {
  return <p>part</p>;
}
