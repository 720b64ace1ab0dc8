/** What a person does with a conversation and its messages, as REST calls; loaded once the connection stands. */
import type { ConversationHandle } from '../api/conversations.js';
import type { Paginator } from '../api/store.js';
import type { Rest } from '../rest.js';
import type { Rows } from '../rows.js';
import type { Conversation, ConversationChanges, ConversationId, Participant, UserId } from '../wire.js';
import { WantedReactions } from './reactions.js';
import type { View } from './view.js';
import type { Window } from './window.js';

/** What actions need. */
export interface ActionContext {
  readonly id: ConversationId;
  readonly rest: Rest;
  readonly rows: Rows;
  readonly me: () => UserId | null;
  readonly view: View;
  readonly messages: Window;
  /** Shows what has changed. */
  readonly compose: () => void;
  readonly participants: Paginator<Participant> & { setItems(change: () => readonly Participant[]): void };
}

/** The actions of a handle. */
export type Actions = Pick<
  ConversationHandle,
  'edit' | 'remove' | 'react' | 'report' | 'update' | 'mute' | 'archive' | 'delete' | 'leave' | 'addParticipants' | 'removeParticipant' | 'changeRole'
>;

/** The actions on one conversation. */
export function actionsOn({ id, rest, rows, me, participants, view, messages, compose }: ActionContext): Actions {
  const update = async (changes: ConversationChanges): Promise<Conversation> => {
    const row = await rest.call('patch', '/api/chat/conversations/{id}/', { path: { id }, body: changes });
    rows.put(row);
    return row;
  };
  const removeParticipant = async (userId: UserId): Promise<void> => {
    await rest.call('delete', '/api/chat/conversations/{id}/participants/{user_id}/', { path: { id, user_id: userId } });
  };
  return {
    update,
    removeParticipant,
    edit: async (messageId, content) => {
      await rest.call('patch', '/api/chat/messages/{id}/', { path: { id: messageId }, body: { content } });
    },
    remove: async (messageId) => {
      await rest.call('delete', '/api/chat/messages/{id}/', { path: { id: messageId } });
    },
    react: async (messageId, emoji, on) => {
      const wanted = (view.wanted ??= new WantedReactions());
      const message = messages.messages.find((one) => one.id === messageId);
      const isOn = on ?? !(message && wanted.has(message, emoji));
      wanted.want(messageId, emoji, isOn);
      compose();
      try {
        await rest.call(isOn ? 'put' : 'delete', '/api/chat/messages/{id}/reactions/{emoji}/', { path: { id: messageId, emoji } });
      } catch (cause) {
        wanted.settle(messageId, emoji);
        compose();
        throw cause;
      }
    },
    report: (messageId, reason) => rest.call('post', '/api/chat/messages/{id}/report/', { path: { id: messageId }, body: { reason } }),
    mute: async (muted) => void (await update({ muted })),
    archive: async (archived) => void (await update({ archived })),
    delete: async () => {
      await rest.call('delete', '/api/chat/conversations/{id}/', { path: { id } });
      rows.remove(id);
    },
    leave: async () => {
      const userId = me();
      if (userId === null) throw rest.error('closed', 'Never connected.');
      await removeParticipant(userId);
    },
    addParticipants: async (userIds, role = 'member') => {
      const body = { user_ids: [...userIds], role };
      const all = await rest.call('post', '/api/chat/conversations/{id}/participants/', { path: { id }, body });
      participants.setItems(() => all.participants);
    },
    changeRole: async (userId, role) => {
      await rest.call('patch', '/api/chat/conversations/{id}/participants/{user_id}/', { path: { id, user_id: userId }, body: { role } });
    },
  };
}
