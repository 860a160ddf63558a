/** Work that goes on when a pod has been taken over: the daemon is not idle before it is done. */
import type { Context } from '../container/context.ts';

export function finish({ finishing, logger }: Context, work: Promise<unknown>): void {
  const done = work.catch((error: unknown) =>
    logger.warn({ err: error }, 'what an earlier daemon left could not be finished'),
  );
  finishing.add(done);
  void done.then(() => finishing.delete(done));
}
