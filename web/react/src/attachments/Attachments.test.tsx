import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { expectAccessible, makeAttachment, partsClient, renderPart } from '../../test/partsFixture.js';
import { Attachments } from './Attachments.js';

const image = (number: number) => makeAttachment(number, { kind: 'image', name: `roof-${number}.png`, width: 1600, height: 900, thumbnail_url: 'x' });
const voice = (number: number) => makeAttachment(number, { kind: 'voice', name: `voice-${number}.ogg`, duration_ms: 4180, waveform: [10, 90, 40] });

class FakeAudio extends EventTarget {
  static made: FakeAudio[] = [];
  paused = true;
  currentTime = 0;
  duration = Infinity;
  playbackRate = 1;
  constructor(readonly url: string) {
    super();
    FakeAudio.made.push(this);
  }
  play() {
    this.paused = false;
    this.dispatchEvent(new Event('play'));
    return Promise.resolve();
  }
  pause() {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }
}

beforeEach(() => {
  FakeAudio.made = [];
  vi.stubGlobal('Audio', FakeAudio);
  let made = 0;
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => `blob:${made += 1}`, revokeObjectURL: () => undefined }));
});

describe('pictures', () => {
  it('keep their place before they have come, and are fetched with the token', async () => {
    const download = vi.fn(() => Promise.resolve(new Blob(['x'])));
    const { client } = partsClient({ download });
    const { container } = renderPart(<Attachments attachments={[image(1)]} />, client);
    const box = screen.getByRole('button', { name: 'Open picture roof-1.png' });
    expect(box).toHaveStyle({ width: '320px', aspectRatio: '320 / 180' });
    expect(container.querySelector('img')).toBeNull();
    await waitFor(() => expect(container.querySelector('img')).toHaveAttribute('src', expect.stringMatching(/^blob:/)));
    expect(download).toHaveBeenCalledTimes(1);
  });

  it('that did not come can be asked for again', async () => {
    const download = vi.fn(() => Promise.resolve(new Blob(['x']))).mockRejectedValueOnce(new Error('offline'));
    const { client } = partsClient({ download });
    const { container } = renderPart(<Attachments attachments={[image(2)]} />, client);
    await userEvent.click(await screen.findByRole('button', { name: 'The picture could not be loaded.' }));
    await waitFor(() => expect(container.querySelector('img')).not.toBeNull());
  });

  it('open over the page, and go on by arrow keys as far as there are any', async () => {
    const { client } = partsClient();
    renderPart(<Attachments attachments={[image(3), image(4)]} />, client);
    await userEvent.click(screen.getByRole('button', { name: 'Open picture roof-3.png' }));
    const dialog = await screen.findByRole('dialog', { name: 'Picture roof-3.png' });
    expect(screen.getByText('1 of 2')).toBeInTheDocument();
    fireEvent.keyDown(dialog, { key: 'ArrowLeft' });
    fireEvent.keyDown(dialog, { key: 'ArrowRight' });
    expect(screen.getByRole('dialog', { name: 'Picture roof-4.png' })).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Next picture' })).toBeDisabled();
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('are shown fitted, or in full size', async () => {
    const { client } = partsClient();
    renderPart(<Attachments attachments={[image(5)]} />, client);
    await userEvent.click(screen.getByRole('button', { name: 'Open picture roof-5.png' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Show in full size' }));
    expect(screen.getByRole('button', { name: 'Fit to the window' })).toHaveAttribute('aria-pressed', 'true');
  });
});

describe('voice messages', () => {
  const players = () => screen.findAllByRole('button', { name: /^(Play|Pause) voice/ });

  it('are loaded when they are first played, and one at a time sounds', async () => {
    const download = vi.fn(() => Promise.resolve(new Blob(['x'])));
    const { client } = partsClient({ download });
    renderPart(<Attachments attachments={[voice(1), voice(2)]} />, client);
    expect(download).not.toHaveBeenCalled();
    await userEvent.click((await players())[0]!);
    await waitFor(() => expect(FakeAudio.made[0]?.paused).toBe(false));
    await userEvent.click((await players())[1]!);
    await waitFor(() => expect(FakeAudio.made[1]?.paused).toBe(false));
    expect(FakeAudio.made[0]?.paused).toBe(true);
    expect((await players()).map((button) => button.getAttribute('aria-label'))).toEqual(['Play voice message, 0:04', 'Pause voice message']);
  });

  it('show where they are, and are moved by keys', async () => {
    const { client } = partsClient();
    renderPart(<Attachments attachments={[voice(3)]} />, client);
    await userEvent.click((await players())[0]!);
    await waitFor(() => expect(FakeAudio.made).toHaveLength(1));
    const [audio] = FakeAudio.made as [FakeAudio];
    audio.currentTime = 2;
    act(() => void audio.dispatchEvent(new Event('timeupdate')));
    const slider = screen.getByRole('slider', { name: 'Position in the voice message' });
    expect(slider).toHaveAttribute('aria-valuetext', '0:02 of 0:04');
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    expect(audio.currentTime).toBe(2.5);
    fireEvent.change(slider, { target: { value: '4000' } });
    expect(audio.currentTime).toBe(4);
  });

  it('can be played faster', async () => {
    const { client } = partsClient();
    renderPart(<Attachments attachments={[voice(4)]} />, client);
    await userEvent.click((await players())[0]!);
    await waitFor(() => expect(FakeAudio.made).toHaveLength(1));
    await userEvent.click(screen.getByRole('button', { name: 'Speed: 1×' }));
    expect(FakeAudio.made[0]?.playbackRate).toBe(1.5);
    expect(screen.getByRole('button', { name: 'Speed: 1.5×' })).toBeInTheDocument();
  });

  it('fall silent when they leave the page', async () => {
    const { client } = partsClient();
    const { unmount } = renderPart(<Attachments attachments={[voice(5)]} />, client);
    await userEvent.click((await players())[0]!);
    await waitFor(() => expect(FakeAudio.made[0]?.paused).toBe(false));
    unmount();
    expect(FakeAudio.made[0]?.paused).toBe(true);
  });
});

describe('other files', () => {
  it('show what they are without tricks of writing, and are saved under their name', async () => {
    const { client } = partsClient();
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) { saved.push(`${this.download} ${this.href}`); });
    renderPart(<Attachments attachments={[makeAttachment(1, { name: '../photo\u202Egnp.exe' })]} />, client);
    const button = screen.getByRole('button', { name: /photognp\.exe/ });
    expect(button).toHaveTextContent('48 kB');
    await userEvent.click(button);
    await waitFor(() => expect(saved).toEqual([expect.stringMatching(/^\.\._photo.*\.exe blob:/)]));
  });

  it('say when they could not be loaded', async () => {
    const { client } = partsClient({ download: () => Promise.reject(new Error('offline')) });
    renderPart(<Attachments attachments={[makeAttachment(2)]} />, client);
    await userEvent.click(screen.getByRole('button', { name: /file-2/ }));
    expect(await screen.findByText('file-2.pdf could not be loaded.')).toBeInTheDocument();
  });
});

it('all of them are accessible, also over the page', async () => {
  const { client } = partsClient();
  const { container } = renderPart(<Attachments attachments={[image(6), image(7), voice(6), makeAttachment(3)]} />, client);
  await screen.findByRole('slider');
  await expectAccessible(container);
  await userEvent.click(screen.getByRole('button', { name: 'Open picture roof-6.png' }));
  await screen.findByRole('dialog');
  await expectAccessible(container);
});
