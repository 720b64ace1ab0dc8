/** People and conversations for the playground. */

import type { Conversation, Message } from '@workconnect/chat-client';
import { makeConversation, makeId, makeMessage, makeParticipant } from '../src/testing.js';

const clara = makeParticipant(1, 'Clara Client', { role: 'owner' });
const felix = makeParticipant(2, 'Felix Freelancer', { user_role: 'freelancer' });
const ann = makeParticipant(3, 'Ann Agent');
const yusuf = makeParticipant(4, 'Yusuf Demir', { user_role: 'freelancer' });
const mei = makeParticipant(5, '林美玲', { user_role: 'freelancer' });
const layla = makeParticipant(6, 'ليلى حداد', { user_role: 'freelancer' });

const now = Date.now();
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

const job = { id: '7', title: 'Build a landing page', status: 'open', url: 'https://example.com/jobs/7' };
const one = makeId(1);

/** The long talk of Clara and Felix. */
function talk(): Message[] {
  const lines: [number, typeof clara | null, string, Partial<Message>?][] = [
    [60 * 27, null, 'The job “Build a landing page” is open'],
    [60 * 26, clara, 'Hi Felix! I saw your bid on the landing page. Do you have time this week?'],
    [60 * 26 - 1, felix, 'Hello Clara, yes – from Wednesday on.'],
    [60 * 26 - 2, felix, 'Here is something similar that I made last month: https://example.com/portfolio/roofs. It has the same structure: a large picture, three short sections and a form.'],
    [60 * 25, clara, 'That looks great 👏', { reactions: [{ emoji: '❤️', count: 1, me: false }] }],
    [60 * 24.9, clara, 'What would it cost with a German version?', { edited_at: ago(60 * 24.8) }],
    [95, felix, 'About 20% more. The texts are the larger part:\n\n1. translation\n2. proof reading\n3. a second round with you', { reply_to: makeId(1_000_006) }],
    [92, clara, '', { deleted_at: ago(91) }],
    [60, clara, 'Sounds fair. Let us do it!', { reactions: [{ emoji: '🎉', count: 2, me: true }, { emoji: '👍', count: 1, me: false }] }],
    [58, felix, '🎉🎉'],
    [30, felix, 'I have put a first draft online. Could you look at it before Thursday?'],
    [29, felix, 'The colours can still be changed.'],
  ];
  return lines.map(([minutes, who, text, more], index) => makeMessage(one, index + 1, who, text, { created_at: ago(minutes), ...more }));
}

/** A history of any length. */
export function longTalk(id: string, count: number): Message[] {
  const words = 'roof tile invoice draft blue window paint ladder morning offer meeting colour photo report kitchen garden'.split(' ');
  return Array.from({ length: count }, (_, index) => {
    const text = Array.from({ length: 2 + ((index * 7) % 40) }, (_unused, word) => words[(index * 3 + word * 5) % words.length]).join(' ');
    return makeMessage(id, index + 1, (index >> 1) % 2 ? clara : felix, `${index + 1}: ${text}`, { created_at: ago((count - index) * 3) });
  });
}

/** Everything that is said. */
export function allMessages(count: number): Message[] {
  return [...talk(), ...longTalk(makeId(2), count)];
}

/** The conversations of Clara. */
export function conversations(messages: readonly Message[], count: number): Conversation[] {
  const last = messages.filter(({ conversation_id: id }) => id === one).at(-1) ?? null;
  const said = (id: string, who: typeof clara, text: string, minutes: number) => makeMessage(id, 2, who, text, { created_at: ago(minutes) });
  return [
    makeConversation(1, { kind: 'job', title: null, job, participants: [clara, felix], last_message: last, unread_count: 2, last_seq: 12, updated_at: ago(29) }),
    makeConversation(2, { title: 'Ten thousand messages', kind: 'group', participants: [clara, felix, ann, yusuf], last_message: messages.at(-1) ?? null, last_seq: count, updated_at: ago(31) }),
    makeConversation(3, { participants: [clara, yusuf], last_message: said(makeId(3), yusuf, 'Teşekkürler, I will send the invoice tomorrow.', 180), updated_at: ago(180), muted: true, unread_count: 5 }),
    makeConversation(4, { participants: [clara, mei], last_message: said(makeId(4), clara, '謝謝！', 60 * 30), updated_at: ago(60 * 30) }),
    makeConversation(5, { participants: [clara, layla], last_message: said(makeId(5), layla, 'مرحبا كلارا، هل يمكننا التحدث غدا؟', 60 * 70), updated_at: ago(60 * 70), unread_count: 120 }),
    makeConversation(6, { kind: 'job', job: { id: '9', title: 'Translate a very long manual for a roof tile machine', status: 'in progress', url: null }, participants: [clara, ann], last_message: said(makeId(6), ann, 'The manual has 240 pages, and I would need the original files of all the drawings as well.', 60 * 24 * 9), updated_at: ago(60 * 24 * 9) }),
  ];
}
