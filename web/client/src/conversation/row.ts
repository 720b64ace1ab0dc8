/** What events other than new messages do to the row of a conversation. */
import type { EventFrame } from '../frames.js';
import type { Conversation, UserId } from '../wire.js';
import { takingPart } from './participants.js';
import { changed, subjectOf } from './timeline.js';

/** So many a row names. */
const MOST_PARTICIPANTS = 20;

/** The row after the event. */
export function rowAfter(row: Conversation, event: EventFrame, me: UserId | null): Conversation {
  const { last_message: last, participants } = row;
  if (event.type === 'conversation_updated') {
    const { title, job, metadata } = event.conversation;
    return { ...row, title, job, metadata };
  }
  if ('message_seq' in event) return last?.id === subjectOf(event) ? { ...row, last_message: changed(last, event, me) } : row;
  const all = takingPart(participants, event);
  const more = event.type === 'participant_removed' ? -1 : all.length - participants.length;
  return { ...row, participants: all.slice(0, MOST_PARTICIPANTS), participant_count: row.participant_count + more };
}
