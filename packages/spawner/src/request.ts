/** What the small process understands: c/request.h. */

/**
 * What the program finds as a descriptor: a pipe that it reads (`in`) or writes (`out`), nothing (`null`), one of this process's by its
 * number, or one of another process's, which needs CAP_SYS_PTRACE.
 */
export type Stream = 'in' | 'out' | 'null' | number | { readonly pid: number; readonly fd: number };

export interface StartRequest {
  readonly file: string;
  /** From argv[0]. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** '' for this process's. */
  readonly netns: string;
  readonly session: boolean;
  readonly tied: boolean;
  readonly streams: readonly Stream[];
}

export function startRequest(id: number, request: StartRequest): Buffer {
  const { file, args, env, cwd, netns, session, tied, streams } = request;
  const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return encode([
    ...['start', id, Number(session), Number(tied), netns, cwd, file],
    ...[streams.length, ...streams.flatMap(wordsOf)],
    ...[args.length, ...args],
    ...[variables.length, ...variables],
  ]);
}

function wordsOf(stream: Stream): (string | number)[] {
  if (typeof stream === 'number') return ['parents', stream];
  return typeof stream === 'string' ? [stream] : ['anothers', stream.pid, stream.fd];
}

export function openedRequest(id: number): Buffer {
  return encode(['opened', id]);
}

export function killRequest(id: number, signal: number): Buffer {
  return encode(['kill', id, signal]);
}

function encode(words: readonly (string | number)[]): Buffer {
  const text = words.map((word) => `${word}\0`).join('');
  return Buffer.from(`${Buffer.byteLength(text)}\n${text}`);
}
