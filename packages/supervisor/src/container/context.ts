/** What the operations of the supervisor share: its settings, its tables, its log. */
import type { EventLog } from '@runv/eventlog';
import type { Factory, FactoryVm } from '@runv/factory';
import type { Logger } from 'pino';
import type { ContainerEvent } from '../events/event.ts';
import type { EventLogSettings } from '../events/openEventLog.ts';
import type { PodContext } from '../pod/newPod.ts';
import type { RecordRoots } from '../state/roots.ts';
import type { Container } from './container.ts';

export interface SupervisorOptions {
  /** The directory of the containers' records: `<stateDir>/<id>/state.json`. */
  readonly stateDir: string;
  /** The directory of events.log. */
  readonly eventLogDir: string;
  /** How events are kept, where it is not as `EventLog.open` has it. */
  readonly eventLog?: EventLogSettings | undefined;
  readonly factory: Factory;
  /** The directory of the factory's VMs. What an earlier daemon left there is removed. */
  readonly vmRoot: string;
  readonly defaultCpus: number;
  readonly defaultMemoryMiB: number;
  /** A VM whose containers run short of memory gets more, up to this; none unless given. Its driver can add memory then. */
  readonly mostMemoryMiB?: number | undefined;
  /**
   * Takes over a VM that an earlier daemon had, by its directory. Without it such VMs are ended.
   *
   * @throws HypervisorError `NOT_FOUND` when it does not run any more | FactoryError
   */
  readonly recoverVm?: (dir: string, signal: AbortSignal) => Promise<FactoryVm>;
  /** The directories in it that an earlier daemon left; those that are there when the supervisor is opened, unless given. */
  readonly leftVms?: readonly string[] | undefined;
  /** How long a guest may take to come up, in ms; 60,000 unless given. */
  readonly bootTimeoutMs?: number | undefined;
  /** The daemon's socket, for the records. */
  readonly socket: string;
  readonly logger: Logger;
}

/** A create under way. */
interface Creation {
  readonly id: string;
  readonly root: string;
  /** Settles when it is over, and undone if it failed. */
  readonly created: Promise<unknown>;
  /** Aborted when it is given up. */
  readonly signal: AbortSignal;
  /** Gives it up. */
  abort(reason: Error): void;
}

export interface Context extends PodContext {
  readonly options: SupervisorOptions;
  readonly events: EventLog<ContainerEvent>;
  readonly containers: Map<string, Container>;
  /** Ids of ended containers that are about to be free again. */
  readonly releasing: Map<string, Promise<void>>;
  /** Creates under way, the earliest first. */
  readonly creating: Set<Creation>;
  /** To be called when a program runs: from then on the daemon has been of use. */
  readonly markUsed: () => void;
  /** The directories in which records are. */
  readonly roots: RecordRoots;
  /** Containers of an earlier daemon that are being taken over, by id. */
  readonly recovering: Map<string, Promise<void>>;
  /** Containers whose VMs' guests are older than this daemon can talk to: they are kept until they end. */
  readonly older: Map<string, FactoryVm>;
  /** What is being finished for containers of an earlier daemon that have ended. */
  readonly finishing: Set<Promise<unknown>>;
  /** Containers that have ended and are being removed. */
  readonly terminating: Set<Container>;
}
