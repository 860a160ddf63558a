/** A phase: awaited work, as a span that is active while it runs, so that phases inside become its children. */
import type { Attributes } from '@opentelemetry/api';
import { observed } from './observe.ts';

/**
 * The key under which OpenTelemetry's API stores what is registered in this process. If nothing is registered, the API
 * is not even loaded, because that would make a daemon's start too slow.
 */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let loaded: typeof import('./spans.ts') | undefined;

async function spans() {
  if (REGISTERED in globalThis) loaded ??= await import('./spans.ts');
  return loaded;
}

/**
 * Runs `work` as a phase. If nothing is registered with OpenTelemetry's API, it only runs `work`.
 *
 * @param name the phase's name for people, without variable parts
 * @throws the error of `work`; the span then has the status ERROR and the exception as an event
 * @example const bundle = await phase('read the bundle', () => readBundle(path));
 */
export async function phase<T>(name: string, work: () => Promise<T>, attributes: Attributes = {}): Promise<T> {
  const recording = await spans();
  const observing = () => observed('phase', name, work);
  return await (recording ? recording.inSpan(name, { attributes }, observing) : observing());
}

/**
 * Serves a request as a phase of its trace, or of a new trace.
 *
 * @param parent the request's W3C `traceparent`; an invalid one is ignored
 */
export async function serve<T>(name: string, parent: string | undefined, work: () => Promise<T>): Promise<T> {
  const recording = await spans();
  const observing = () => observed('call', name, work);
  return await (recording ? recording.serve(name, parent, observing) : observing());
}

/** Runs background work outside the trace of the current request. */
export function apart<T>(work: () => T): T {
  return loaded ? loaded.apart(work) : work();
}

/** The W3C `traceparent` of the current phase, for a request to another process; undefined if nothing records it. */
export function traceparent(): string | undefined {
  return loaded?.traceparent();
}
