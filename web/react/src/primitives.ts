'use client';
/** Behaviour without looks: parts for a design of one's own. */

export { Announcer, useAnnounce } from './primitives/Announcer.js';
export type { Announce } from './primitives/Announcer.js';
export { Dialog } from './primitives/Dialog.js';
export type { DialogProps } from './primitives/Dialog.js';
export { VirtualHistory } from './primitives/VirtualHistory.js';
export type { HistoryView, VirtualHistoryHandle, VirtualHistoryProps } from './primitives/VirtualHistory.js';
export { LinkedText } from './primitives/LinkedText.js';
export { Menu, MenuContent, MenuItem, MenuTrigger } from './primitives/Menu.js';
export type { MenuProps } from './primitives/Menu.js';
export { moveFocus } from './primitives/roving.js';
export type { RovingOptions } from './primitives/roving.js';
export { useText } from './i18n/useText.js';
export type { ChatText } from './i18n/useText.js';
export { ComposerTargetScope, useComposerTarget } from './window/target.js';
export type { ComposerTarget, ComposerTargeting } from './window/target.js';
