/** Tells systemd, or whoever has started the daemon as systemd does, what becomes of it. docs/systemd.md has the words. */
import { keepWatch, openNotifier, type ServiceManager } from '@runv/notify';
import type { Supervisor } from '@runv/supervisor';
import type { Logger } from 'pino';
import { answersItself } from './answersItself.ts';

export interface ToldManager extends AsyncDisposable {
  /** The daemon is about to end: the watchdog is told nothing more. */
  stopping(): void;
}

const NOBODY: ToldManager = { stopping: () => {}, [Symbol.asyncDispose]: async () => {} };

/** Says at once that the daemon is ready; from then on, that it is well, each time after it has answered itself. */
export function tellServiceManager(
  manager: ServiceManager | undefined,
  { socket, supervisor, logger }: { readonly socket: string; readonly supervisor: Supervisor; readonly logger: Logger },
): ToldManager {
  if (!manager) return NOBODY;
  const notifier = openNotifier(manager.address, (error) =>
    logger.warn({ err: error }, 'the service manager could not be told'),
  );
  notifier.tell({ READY: '1', STATUS: `Listens on ${socket}` });
  const watch = keepWatch({
    manager,
    notifier,
    prove: (signal) => answersItself(socket, signal),
    status: () => `Listens on ${socket}; containers: ${supervisor.containers.size}`,
    onUnwell: (error) => logger.error({ err: error }, 'the daemon does not answer itself; its watchdog is not told'),
  });
  const stop = () => watch.stop();
  return {
    stopping: () => {
      stop();
      notifier.tell({ STOPPING: '1', STATUS: 'Ends its containers' });
    },
    [Symbol.asyncDispose]: async () => {
      stop();
      await notifier[Symbol.asyncDispose]();
    },
  };
}
