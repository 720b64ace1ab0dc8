'use client';
/** The styled components. They need `styles.css`. */

export { Icon } from './primitives/Icon.js';
export type { IconName } from './primitives/Icon.js';
export { SlotsScope } from './slots/slots.js';
export type * from './slots/props.js';
export { useText } from './i18n/useText.js';
export { en } from './i18n/en.js';
