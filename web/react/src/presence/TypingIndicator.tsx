/** Who types, said when the reader pauses. */

import type { ConversationId, TypingPerson } from '@workconnect/chat-client';
import { useConversationHandle } from '../hooks/useConversations.js';
import { useStore } from '../hooks/useStore.js';
import { useText } from '../i18n/useText.js';
import type { Translate } from '../i18n/strings.js';

/** Who types in a conversation. It takes its room also while nobody does, so that nothing jumps. */
export function TypingIndicator({ conversationId }: { readonly conversationId: ConversationId }) {
  const { t } = useText();
  const people = useStore(useConversationHandle(conversationId).typing);
  return (
    <div className="chat-typing" role="status" aria-live="polite">
      {people.length > 0 && (
        <>
          <span className="chat-typing__dots" aria-hidden="true"><i /><i /><i /></span>
          <span className="chat-typing__text">{sentence(t, people)}</span>
        </>
      )}
    </div>
  );
}

function sentence(t: Translate, people: readonly TypingPerson[]): string {
  const [one, two, more] = people;
  if (more || !one) return t('typingMany');
  return two ? t('typingTwo', { name: one.name, other: two.name }) : t('typingOne', { name: one.name });
}
