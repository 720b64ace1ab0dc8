/** Uploads and downloads. */
import type { ChatError } from '../errors.js';
import type { Attachment } from '../wire.js';
import type { Store } from './store.js';

/** How an upload stands. `processing`: all bytes are there, the server looks at them. */
export interface UploadState {
  readonly phase: 'uploading' | 'processing' | 'done' | 'failed' | 'cancelled';
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** From 0 to 1. */
  readonly progress: number;
  readonly attachment: Attachment | null;
  readonly error: ChatError | null;
}

/** A file on its way. */
export interface Upload extends Store<UploadState> {
  readonly file: Blob;
  readonly name: string;
  /** Fulfilled with what to send; rejected when it failed (the last time) or was cancelled. */
  readonly attachment: Promise<Attachment>;
  cancel(): void;
}

/** Files. */
export interface Files {
  /** Begins at once. `name` is by default that of the file. */
  upload(file: Blob, options?: { readonly name?: string; readonly signal?: AbortSignal }): Upload;
  /** The bytes, or a small picture of a picture; give them to `URL.createObjectURL` to show them. */
  download(attachment: Attachment, options?: { readonly variant?: 'full' | 'thumbnail'; readonly signal?: AbortSignal }): Promise<Blob>;
}

/** What to look for. Syntax of `text`: docs/protocol.md, "Messages". */
export interface SearchQuery {
  readonly text: string;
  readonly conversation?: string;
  readonly sender?: number;
  readonly messageType?: string;
  /** RFC 3339: then or later. */
  readonly since?: string;
  /** RFC 3339: before. */
  readonly until?: string;
}
