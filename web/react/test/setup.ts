/** What jsdom lacks: sizes, so that the virtual list has rows, and observers. */

import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterEach, beforeAll, vi } from 'vitest';

afterEach(cleanup);

// What comes later in a page is there in tests, where it stands in the flow of the text.
beforeAll(async () => {
  const { VoicePlayer, VoiceRecorder } = await import('../src/laterParts.js');
  await Promise.all([VoicePlayer.preload(), VoiceRecorder.preload()]);
});

const HEIGHT = 600;
const WIDTH = 400;
const ROW_HEIGHT = 60;

if (typeof HTMLElement !== 'undefined') giveSizes();

function giveSizes() {
  Object.defineProperty(HTMLElement.prototype, 'offsetHeight', {
    configurable: true,
    get(this: HTMLElement) {
      return this.hasAttribute('data-index') ? ROW_HEIGHT : HEIGHT;
    },
  });
  Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, get: () => WIDTH });
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => WIDTH });
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => HEIGHT });
  Object.defineProperty(HTMLElement.prototype, 'scrollHeight', {
    configurable: true,
    get(this: HTMLElement) {
      const content = this.firstElementChild;
      return content instanceof HTMLElement ? Number.parseFloat(content.style.height) || HEIGHT : HEIGHT;
    },
  });

  HTMLElement.prototype.scrollTo = function scrollTo(this: HTMLElement, to?: ScrollToOptions | number) {
    this.scrollTop = typeof to === 'object' ? to.top ?? 0 : 0;
    this.dispatchEvent(new Event('scroll'));
  };

  // Closed popovers are hidden by jsdom's style sheet, and cannot be opened.
  HTMLElement.prototype.showPopover = function showPopover(this: HTMLElement) {
    this.style.display = 'block';
  };
}

class QuietObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
  takeRecords() {
    return [];
  }
}

vi.stubGlobal('ResizeObserver', QuietObserver);
vi.stubGlobal('IntersectionObserver', QuietObserver);
