/** People of the stories: accounts of their own, made over REST, and windows in which they are logged in already. */
import { createHmac } from 'node:crypto';
import { GATEWAY_URL, PAGE_URL, open } from './browser.mjs';

/** What is kept in a tab that somebody is logged in in. */
const SESSION_KEY = 'workconnect.session';

/** As many as may wait for their answers on one socket, less a few. */
const MOST_UNANSWERED = 200;

let made = 0;

/** Calls the api and gives back the JSON of a success. */
export async function call(method, path, { token, body } = {}) {
  const response = await fetch(new URL(path, PAGE_URL), {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** Makes an account. */
export async function person(name, role = 'client') {
  made += 1;
  const account = { username: `${name.toLowerCase()}-${process.pid}-${Date.now()}-${made}`, password: 'a-long-password', name, role };
  const { id } = await call('POST', '/api/auth/register/', { body: account });
  const tokens = await call('POST', '/api/auth/token/', { body: account });
  return { id, name, role, username: account.username, ...tokens };
}

/** Two people and their direct conversation. */
export async function pair(one = 'Ada Lovelace', other = 'Ben Bitdiddle') {
  const [first, second] = await Promise.all([person(one), person(other, 'freelancer')]);
  const conversation = await call('POST', '/api/chat/conversations/', { token: first.access, body: { participant_ids: [second.id] } });
  return { people: [first, second], conversation: conversation.id };
}

/** Says something over REST. */
export function say(who, conversation, content, more = {}) {
  return call('POST', `/api/chat/conversations/${conversation}/send_message/`, { token: who.access, body: { content, ...more } });
}

/** The whole log of a conversation, oldest first. */
export async function logOf(who, conversation) {
  const frames = [];
  let path = `/api/chat/conversations/${conversation}/events/?after_seq=0&page_size=200`;
  while (path) {
    const page = await call('GET', path, { token: who.access });
    frames.push(...page.results);
    path = page.next;
  }
  return frames;
}

/** Says much at once, over one socket; waits until all of it is stored. */
export async function sayAll(who, conversation, texts) {
  const socket = new WebSocket(`${GATEWAY_URL}/ws/chat/${conversation}/`, ['bearer', who.access]);
  const waiting = texts.map((content) => ({ type: 'send_message', content }));
  let open = 0;
  await new Promise((resolve, reject) => {
    const fill = () => {
      while (open < MOST_UNANSWERED && waiting.length > 0) {
        socket.send(JSON.stringify(waiting.shift()));
        open += 1;
      }
      if (open === 0) resolve();
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'ready') fill();
      if (frame.type === 'error') reject(new Error(data));
      if (frame.type !== 'message_sent') return;
      open -= 1;
      fill();
    };
    socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
  });
  socket.onclose = null;
  socket.close();
}

/** The same person with a token that is good for so many seconds. */
export function withToken(who, seconds) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: String(who.id), name: who.name, role: who.role, iat: now, exp: now + seconds };
  const text = `${part({ typ: 'JWT', alg: 'HS256' })}.${part(claims)}`;
  return { ...who, access: `${text}.${createHmac('sha256', process.env.JWT_SECRET).update(text).digest('base64url')}` };
}

/** The messages of a conversation, as the log has them. */
async function messagesIn(who, conversation) {
  const frames = await logOf(who, conversation);
  return frames.filter(({ type }) => type === 'message_received').map(({ message }) => message);
}

/** What was said in a conversation. */
export async function saidIn(who, conversation) {
  return (await messagesIn(who, conversation)).map(({ content }) => content);
}

/** The message that says this. */
export async function messageIn(who, conversation, content) {
  return (await messagesIn(who, conversation)).find((message) => message.content === content);
}

/** A window in which somebody is logged in. `at` is the path to begin at. */
export async function windowOf(browser, who, at, options = {}) {
  const { id, name, role, username, access, refresh } = who;
  const kept = JSON.stringify({ id, name, role, username, access, refresh });
  const before = async (context) => {
    await context.addInitScript(([key, session]) => {
      if (!sessionStorage.getItem(key)) sessionStorage.setItem(key, session);
    }, [SESSION_KEY, kept]);
  };
  return open(browser, at, { ...options, before });
}
