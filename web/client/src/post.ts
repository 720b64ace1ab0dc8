/** One file, posted; loaded with the first upload. */
import { ChatError } from './errors.js';
import { refusalOf } from './rest.js';
import type { Tokens } from './token.js';
import type { Attachment } from './wire.js';

/** One form with the file; a token that is refused is replaced once. `fetch` tells no progress of what it sends. */
export async function post(url: string, tokens: Tokens, file: Blob, name: string, onProgress: (sent: number) => void, signal: AbortSignal): Promise<Attachment> {
  for (let isSecond = false; ; isSecond = true) {
    const token = await tokens.get();
    const answer = await request(url, token, file, name, onProgress, signal);
    if (answer.status === 200 || answer.status === 201) return JSON.parse(answer.responseText) as Attachment;
    if (answer.status === 401) tokens.reject(token);
    if (answer.status !== 401 || isSecond) throw refusalOf(answer.status, answer.responseText, answer.getResponseHeader('Retry-After'));
  }
}

function request(url: string, token: string, file: Blob, name: string, onProgress: (sent: number) => void, signal: AbortSignal): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const cancelled = (): void => reject(new ChatError('cancelled', 'Cancelled.'));
    if (signal.aborted) return cancelled();
    const xhr = new XMLHttpRequest();
    const form = new FormData();
    form.append('file', file, name);
    xhr.open('POST', url);
    xhr.setRequestHeader('Authorization', `Bearer ${token}`);
    xhr.upload.onprogress = (event) => onProgress(event.loaded);
    xhr.upload.onload = () => onProgress(file.size);
    xhr.onload = () => resolve(xhr);
    xhr.onerror = () => reject(new ChatError('network', 'No answer.'));
    xhr.onabort = cancelled;
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}
