/** For tests of pages that use these components: a client without a server, and things to fill it with. */

export { createFakeClient } from './testing/fakeClient.js';
export type { FakeClient, FakeClientOptions } from './testing/fakeClient.js';
export type { FakeConversation } from './testing/fakeConversation.js';
export { EPOCH, makeConversation, makeId, makeItem, makeMessage, makeParticipant } from './testing/make.js';
