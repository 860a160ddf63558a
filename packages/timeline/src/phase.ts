/** A phase: an awaited piece of work, as a span that is active while it runs, so that phases in it become its children. */
import type { Attributes } from '@opentelemetry/api';

/**
 * Where the copies of OpenTelemetry's API in one process keep for each other what is registered. Where nothing is there,
 * the API need not even be loaded: it takes longer than all that a daemon's start may lose.
 */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let loaded: typeof import('./spans.ts') | undefined;

async function spans() {
  if (REGISTERED in globalThis) loaded ??= await import('./spans.ts');
  return loaded;
}

/**
 * Runs `work`. Where nothing is registered with OpenTelemetry's API, that is all it does.
 *
 * @param name what a person calls it; always the same, whatever the values
 * @throws what `work` throws; the span then has the status ERROR, and the exception as an event
 * @example const bundle = await phase('read the bundle', () => readBundle(path));
 */
export async function phase<T>(name: string, work: () => Promise<T>, attributes: Attributes = {}): Promise<T> {
  const recording = await spans();
  return await (recording ? recording.inSpan(name, { attributes }, work) : work());
}

/**
 * Runs what a request asks for as a phase of the trace that it belongs to, or of a new one.
 *
 * @param parent the request's `traceparent`, as W3C has it; one that is none counts as absent
 */
export async function serve<T>(name: string, parent: string | undefined, work: () => Promise<T>): Promise<T> {
  const recording = await spans();
  return await (recording ? recording.serve(name, parent, work) : work());
}

/** For work that goes on behind a request, but is no part of it. */
export function apart<T>(work: () => T): T {
  return loaded ? loaded.apart(work) : work();
}

/** The phase at hand as a request to another process carries it, as W3C has it; undefined where nothing records it. */
export function traceparent(): string | undefined {
  return loaded?.traceparent();
}
