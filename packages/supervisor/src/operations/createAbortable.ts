/** A create that is given up while it is under way: by its client, by a delete, or for a daemon that takes over. */
import { resolve } from 'node:path';
import { toSupervisorError } from '../base/toSupervisorError.ts';
import type { Container } from '../container/container.ts';
import type { Context } from '../container/context.ts';
import { createContainer } from './createContainer.ts';
import type { CreateContainerRequest } from './createRequest.ts';
import { removeContainer } from './deleteContainer.ts';

/**
 * As `createContainer`; also nothing is left where it was given up.
 *
 * @param within is what the create runs in
 * @throws SupervisorError
 */
export async function createAbortable(
  context: Context,
  request: CreateContainerRequest,
  within: (create: () => Promise<Container>) => Promise<Container>,
): Promise<Container> {
  const { creating, options } = context;
  const { id } = request;
  const root = resolve(request.root ?? options.stateDir);
  // The same container again, after a create that was given up.
  const before = [...creating].filter((one) => one.id === id && one.root === root && one.signal.aborted);
  await Promise.allSettled(before.map(({ created }) => created));
  const abort = new AbortController();
  const signal = request.signal ? AbortSignal.any([abort.signal, request.signal]) : abort.signal;
  const created = within(() => create(context, request, root, signal));
  const creation = { id, root, created, signal, abort: (reason: Error) => abort.abort(reason) };
  creating.add(creation);
  try {
    return await created;
  } finally {
    creating.delete(creation);
  }
}

async function create(
  context: Context,
  request: CreateContainerRequest,
  root: string,
  signal: AbortSignal,
): Promise<Container> {
  const stopping = AbortSignal.any([context.stopping, signal]);
  const container = await createContainer({ ...context, stopping }, request);
  if (!signal.aborted) return container;
  // It was given up when the guest had it already.
  await removeContainer(context, container, root);
  throw toSupervisorError(signal.reason);
}
