/** Beginning a conversation: with whom, about which job, under which title. */

import type { Conversation, CreateConversationRequest } from '@workconnect/chat-client';
import { useId, useState } from 'react';
import type { FormEvent } from 'react';
import { useChatClient } from '../hooks/useClient.js';
import { problemText } from '../i18n/problems.js';
import { useText } from '../i18n/useText.js';
import { Dialog } from '../primitives/Dialog.js';
import { PeoplePicker } from './PeoplePicker.js';
import { useKnownPeople } from './useKnownPeople.js';
import type { Person } from './useKnownPeople.js';

/** A job that a conversation may be about. */
export type JobChoice = NonNullable<CreateConversationRequest['job']>;

/** Props of the dialog. */
export interface NewConversationProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** It is there now, or was there before: show it. */
  readonly onCreated: (conversation: Conversation) => void;
  /** Who may be chosen; by default the people of one's conversations. */
  readonly people?: readonly Person[];
  /** Jobs that may be chosen. */
  readonly jobs?: readonly JobChoice[];
}

/** The dialog in which a conversation begins. */
export function NewConversation({ open, onClose, ...props }: NewConversationProps) {
  const titleId = useId();
  return (
    <Dialog open={open} onClose={onClose} className="chat chat-dialog" aria-labelledby={titleId}>
      <Form titleId={titleId} onClose={onClose} {...props} />
    </Dialog>
  );
}

function Form({ titleId, onClose, onCreated, people, jobs = [] }: Omit<NewConversationProps, 'open'> & { readonly titleId: string }) {
  const { t } = useText();
  const client = useChatClient();
  const known = useKnownPeople();
  const [chosen, setChosen] = useState<readonly Person[]>([]);
  const [title, setTitle] = useState('');
  const [jobIndex, setJobIndex] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const canStart = chosen.length > 0 && !isBusy;

  const start = async (event: FormEvent) => {
    event.preventDefault();
    if (!canStart) return;
    setBusy(true);
    setProblem('');
    const job = jobIndex === '' ? undefined : jobs[Number(jobIndex)];
    try {
      const conversation = await client.conversations.create({
        participant_ids: chosen.map(({ id }) => id), ...(job && { job }), ...(title.trim() !== '' && { title: title.trim() }),
      });
      onClose();
      onCreated(conversation);
    } catch (error) {
      setProblem(t('actionFailed', { reason: problemText(t, error) }));
      setBusy(false);
    }
  };
  return (
    <form className="chat-dialog__body" onSubmit={(event) => void start(event)}>
      <h2 id={titleId} className="chat-dialog__title">{t('newConversation')}</h2>
      <PeoplePicker people={people ?? known} chosen={chosen} onChange={setChosen} />
      {jobs.length > 0 && (
        <label className="chat-field">
          {t('newConversationJob')}
          <select className="chat-input" value={jobIndex} onChange={(event) => setJobIndex(event.target.value)}>
            <option value="">{t('newConversationNoJob')}</option>
            {jobs.map((job, index) => <option key={String(job.id)} value={index}>{job.title ?? String(job.id)}</option>)}
          </select>
        </label>
      )}
      {(chosen.length > 1 || jobIndex !== '') && (
        <label className="chat-field">
          {t('newConversationTitle')} ({t('newConversationOptional')})
          <input className="chat-input" value={title} maxLength={200} dir="auto" onChange={(event) => setTitle(event.target.value)} />
        </label>
      )}
      <p role="alert" className="chat-error">{problem}</p>
      <div className="chat-dialog__actions">
        <button type="button" className="chat-button" onClick={onClose}>{t('cancel')}</button>
        <button type="submit" className="chat-button" data-variant="primary" aria-disabled={!canStart}>{t('newConversationStart')}</button>
      </div>
    </form>
  );
}
