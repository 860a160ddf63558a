/** What every part of the supervisor shares: its settings, its tables, its log. */
import type { EventLog } from '@runv/eventlog';
import type { Factory } from '@runv/factory';
import type { LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import type { ContainerEvent } from '../events/event.ts';
import type { Pod } from '../pod/pod.ts';
import type { Container } from './container.ts';

export interface SupervisorOptions {
  /** Where containers' records are: `<stateDir>/<id>/state.json`. */
  readonly stateDir: string;
  /** Where events.log is. */
  readonly eventLogDir: string;
  readonly factory: Factory;
  /** Where the factory's VMs have their directories. What an earlier daemon left there is cleared away. */
  readonly vmRoot: string;
  readonly defaultCpus: number;
  readonly defaultMemoryMiB: number;
  /** How long a guest may take to come up, in ms; 60,000 unless given. */
  readonly bootTimeoutMs?: number | undefined;
  /** The daemon's socket, for the records. */
  readonly socket: string;
  readonly logger: Logger;
}

export interface Context {
  readonly options: SupervisorOptions;
  readonly logger: Logger;
  readonly events: EventLog<ContainerEvent>;
  readonly containers: Map<string, Container>;
  readonly pods: Set<Pod>;
  /** Lets so many VMs boot at a time as the CPUs can take: more would only make each of them later. */
  readonly boots: LimitFunction;
  /** Ids of ended containers that are about to be free again. */
  readonly releasing: Map<string, Promise<void>>;
  /** Creates under way, the earliest first. */
  readonly creating: Set<{ readonly id: string; readonly root: string; readonly created: Promise<unknown> }>;
  /** Containers that have ended and are being cleared away. */
  readonly leaving: Set<Container>;
  /** Aborted when the supervisor is closed. */
  readonly stopping: AbortSignal;
}
