/** What the event log says of the containers that an earlier daemon had: an event that is there is not written again. */
import { type EventLog, EventLogError, positionFrom } from '@runv/eventlog';
import type { ContainerEvent } from '../events/event.ts';
import { INIT } from '../spec/guestSpec.ts';

interface Logged {
  readonly position: number;
  readonly event: ContainerEvent;
}

export class LoggedEvents {
  readonly #byContainer = new Map<string, Logged[]>();
  /** What was logged before this position is there no more. */
  #keptFrom = 0;

  /** @param containers their ids, and where the events of each begin */
  static async read(
    events: Pick<EventLog<ContainerEvent>, 'readBatches'>,
    containers: readonly { readonly id: string; readonly events: number }[],
  ): Promise<LoggedEvents> {
    const logged = new LoggedEvents();
    if (containers.length === 0) return logged;
    const wanted = new Set(containers.map(({ id }) => id));
    const first = Math.min(...containers.map((container) => container.events));
    try {
      await logged.#read(events, positionFrom(first), wanted);
    } catch (error) {
      // The log is not the one that the records knew.
      if (!(error instanceof EventLogError) || error.code !== 'INVALID_POSITION') throw error;
      await logged.#read(events, 'start', wanted);
    }
    return logged;
  }

  async #read(
    events: Pick<EventLog<ContainerEvent>, 'readBatches'>,
    from: ReturnType<typeof positionFrom> | 'start',
    wanted: ReadonlySet<string>,
  ): Promise<void> {
    const onMissed = ({ to }: { readonly to: number }) => {
      this.#keptFrom = Math.max(this.#keptFrom, to);
    };
    for await (const batch of events.readBatches({ from, onMissed })) {
      for (const { event, position } of batch) if (wanted.has(event.id)) this.#add({ event, position });
    }
  }

  #add(logged: Logged): void {
    const list = this.#byContainer.get(logged.event.id) ?? [];
    list.push(logged);
    this.#byContainer.set(logged.event.id, list);
  }

  /** Events that are this old may have been in the log, and are there no more. */
  isForgotten(since: number): boolean {
    return since < this.#keptFrom;
  }

  /** @param since where the container's events begin */
  hasStart(id: string, since: number): boolean {
    return this.isForgotten(since) || this.#since(id, since).some(({ type }) => type === 'start-container');
  }

  /** @param since where the process's events begin */
  hasProcessStart(id: string, process: string, since: number): boolean {
    if (this.isForgotten(since)) return true;
    return this.#since(id, since).some(({ type, pid }) => type === 'start-process' && pid === process);
  }

  /** The exit status of a process; undefined where its exit is not in the log. */
  exitOf(id: string, process: string, since: number): number | undefined {
    const exit = this.#since(id, since).find(({ type, pid }) => type === 'exit' && (pid ?? INIT) === process);
    return exit && (exit.status ?? 0);
  }

  /** Whether the last that was logged of the two is that it was paused; undefined where nobody can know. */
  isPaused(id: string, since: number): boolean | undefined {
    const last = this.#since(id, since).findLast(({ type }) => type === 'pause' || type === 'resume');
    return last || !this.isForgotten(since) ? last?.type === 'pause' : undefined;
  }

  #since(id: string, since: number): ContainerEvent[] {
    const all = this.#byContainer.get(id) ?? [];
    return all.filter(({ position }) => position >= since).map(({ event }) => event);
  }
}
