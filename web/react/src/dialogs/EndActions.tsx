/** How to be rid of a conversation: leave it, delete it, put it away, block the other person. Each asks first. */

import type { Conversation, ConversationHandle } from '@workconnect/chat-client';
import { useState } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { useText } from '../i18n/useText.js';
import { Confirm } from './Confirm.js';
import type { Attempt } from './ConversationSettings.js';
import type { ConversationRights } from './permissions.js';
import { useOtherPerson } from './useOtherPerson.js';

/** Props of the actions. */
export interface EndActionsProps {
  readonly conversation: Conversation;
  readonly handle: ConversationHandle;
  readonly rights: ConversationRights;
  readonly attempt: Attempt;
  readonly onLeft: () => void;
}

type Question = 'leave' | 'delete' | 'block';

/** Leave, delete or put away, block. */
export function EndActions({ conversation, handle, rights, attempt, onLeft }: EndActionsProps) {
  const { t } = useText();
  const { blocks } = useChatClient();
  const { other, isBlocked } = useOtherPerson(conversation);
  const [question, setQuestion] = useState<Question>();
  const name = other?.name ?? '';
  const goAfter = (work: () => Promise<unknown>) => void attempt(work).then((done) => done && onLeft());
  const questions: Readonly<Record<Question, { question: string; action: string; onConfirm: () => void }>> = {
    leave: { question: t('leaveConfirm'), action: t('leave'), onConfirm: () => goAfter(() => handle.leave()) },
    delete: { question: t('deleteConversationConfirm'), action: t('deleteConversation'), onConfirm: () => goAfter(() => handle.delete()) },
    block: { question: t('blockConfirm', { name }), action: t('block', { name }), onConfirm: () => void attempt(() => blocks.block(other?.id ?? 0)) },
  };
  return (
    <div className="chat-settings__end">
      {conversation.kind !== 'group' && (
        <button type="button" className="chat-button" onClick={() => goAfter(() => handle.delete())}>{t('hideConversation')}</button>
      )}
      {other && (isBlocked
        ? <button type="button" className="chat-button" onClick={() => void attempt(() => blocks.unblock(other.id))}>{t('unblock', { name })}</button>
        : <Ending onClick={() => setQuestion('block')}>{t('block', { name })}</Ending>)}
      {rights.mayLeave && <Ending onClick={() => setQuestion('leave')}>{t('leave')}</Ending>}
      {rights.mayDelete && <Ending onClick={() => setQuestion('delete')}>{t('deleteConversation')}</Ending>}
      {question && <Confirm {...questions[question]} onClose={() => setQuestion(undefined)} />}
    </div>
  );
}

function Ending({ onClick, children }: { readonly onClick: () => void; readonly children: string }) {
  return <button type="button" className="chat-button chat-settings__danger" onClick={onClick}>{children}</button>;
}
