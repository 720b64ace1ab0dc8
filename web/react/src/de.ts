/** German, for `messages` beside `locale="de"`. */

export { de } from './i18n/de.js';
