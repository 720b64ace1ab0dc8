/** Everything that users of the client see. Additive only. */
export type * from './client.js';
export type * from './connection.js';
export type * from './conversations.js';
export type * from './files.js';
export type * from './messages.js';
export type * from './people.js';
export type * from './storage.js';
export type * from './store.js';
export type * from './transport.js';
