/** What somebody may do in a conversation, as the server sees it: so that nothing is offered that would be refused. */

import type { Conversation, ConversationRole, UserId } from '@workconnect/chat-client';

/** What one may do with a conversation. */
export interface ConversationRights {
  readonly role: ConversationRole | undefined;
  readonly mayRename: boolean;
  readonly mayAdd: boolean;
  readonly mayLeave: boolean;
  /** Deletes it for all; otherwise it can only be put away. */
  readonly mayDelete: boolean;
}

/** What `userId` may do with `conversation`. The pair of a direct one is fixed. */
export function rightsOf({ kind, participants }: Conversation, userId: UserId | null): ConversationRights {
  const role = participants.find(({ id }) => id === userId)?.role;
  const leads = role === 'owner' || role === 'admin';
  const fixed = kind === 'direct';
  return { role, mayRename: leads, mayAdd: leads && !fixed, mayLeave: role !== undefined && !fixed, mayDelete: role === 'owner' && kind === 'group' };
}

/** Which roles somebody with the role `own` may give to somebody with the role `theirs`. */
export function rolesToGive(own: ConversationRole | undefined, theirs: ConversationRole): readonly ConversationRole[] {
  if (own !== 'owner') return [];
  return (['admin', 'member', 'owner'] as const).filter((role) => role !== theirs);
}

/** Whether somebody with the role `own` may remove somebody with the role `theirs`. */
export function mayRemove(own: ConversationRole | undefined, theirs: ConversationRole): boolean {
  return own === 'owner' || (own === 'admin' && theirs === 'member');
}
