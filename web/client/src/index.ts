/** The client of WorkConnect Chat. */
export type * from './api/index.js';
export type * from './wire.js';
export type * from './frames.js';
export { ChatError, UnauthorizedError } from './errors.js';
export type { ChatErrorCode, ChatErrorDetails } from './errors.js';
export { createChatClient } from './create.js';
export { createStore } from './store.js';
export type { WritableStore } from './store.js';
export { webSocketTransport } from './socket.js';
