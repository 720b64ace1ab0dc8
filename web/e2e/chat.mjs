/** What a person sees and does in the window of a conversation, by roles and names as a screen reader has them. */

/** The window of a conversation on a page, or on a part of one. */
export class Chat {
  constructor(page, within = page) {
    this.page = page;
    this.within = within;
  }

  /** Where one writes. */
  get input() {
    return this.within.getByRole('textbox', { name: /^Write a message to/ });
  }

  /** Messages that say this. */
  saying(text) {
    return this.within.getByRole('article').filter({ hasText: text });
  }

  /** Waits until the window can be used. */
  async ready() {
    await this.input.waitFor();
    return this;
  }

  /** Writes something and sends it. */
  async say(text) {
    await this.input.fill(text);
    await this.input.press('Enter');
    await this.saying(text).waitFor();
  }

  /** Waits until something that oneself said is marked like this: Sending, Waiting for the connection, Sent, Read. */
  async marked(text, mark) {
    await this.saying(text).getByText(mark, { exact: true }).first().waitFor({ state: 'attached' });
  }

  /** Waits until the message of this text can be seen where the window is. */
  async inView(text) {
    await this.page.waitForFunction((wanted) => {
      const texts = [...document.querySelectorAll('[role="feed"] .chat-message__text')];
      const row = texts.find(({ textContent }) => textContent === wanted);
      if (!row) return false;
      const [seen, window] = [row, row.closest('[role="feed"]')].map((element) => element.getBoundingClientRect());
      return seen.top >= window.top - 1 && seen.bottom <= window.bottom + 1;
    }, text);
  }

  /** Opens the menu of a message and takes an entry of it. */
  async take(text, entry) {
    const message = this.saying(text);
    await message.hover();
    await message.getByRole('button', { name: /^Actions for the message/ }).click();
    await this.page.getByRole('menuitem', { name: entry }).click();
  }

  /** What is shown as said, from the top down. */
  async shown() {
    return this.within.getByRole('article').locator('[data-part="text"], .chat-message__text').allInnerTexts();
  }
}
