/** What the supervisor counts, for whoever watches the daemon: numbers that only grow. What there is now, `census` says. */
import type { SupervisorErrorCode } from './errors.ts';

/** How often each of a few names has come up. */
export class Tally<Name extends string> {
  readonly #counts: Map<Name, number>;

  constructor(names: readonly Name[]) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  add(name: Name): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** Every name, those that have not come up with 0. */
  get counts(): ReadonlyMap<Name, number> {
    return this.#counts;
  }
}

/** `run` makes a container and runs its program; `create` and `start` do one each. */
export type StartCall = 'run' | 'create' | 'start';
export type StartOutcome = 'ok' | SupervisorErrorCode;

const OUTCOMES = [
  'ok',
  'INVALID',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'FAILED_PRECONDITION',
  'NO_COMMAND',
  'TIMEOUT',
  'UNSUPPORTED',
  'FAILED',
  'ABORTED',
  'STOPPING',
] as const satisfies readonly StartOutcome[];

/**
 * The limit at which a VM was killed:
 * - `boot`: its guest did not come up
 * - `kill`: a container did not end by SIGKILL, or was not removed
 * - `remove`: its guest did not answer when an ended container was to be removed
 * - `take-back`: its guest did not give a container back whose create was given up
 * - `shutdown`: its guest did not power off
 * - `silent`: its guest answered nothing
 */
export type VmLimit = 'boot' | 'kill' | 'remove' | 'take-back' | 'shutdown' | 'silent';

/** What became of a container of an earlier daemon: taken over, found ended, or neither. */
export type RecoveryOutcome = 'recovered' | 'ended' | 'failed';

export class Measures {
  readonly starts = {
    run: new Tally<StartOutcome>(OUTCOMES),
    create: new Tally<StartOutcome>(OUTCOMES),
    start: new Tally<StartOutcome>(OUTCOMES),
  } as const satisfies Record<StartCall, Tally<StartOutcome>>;
  readonly killedVms = new Tally<VmLimit>(['boot', 'kill', 'remove', 'take-back', 'shutdown', 'silent']);
  readonly recoveries = new Tally<RecoveryOutcome>(['recovered', 'ended', 'failed']);
  readonly #broke = new WeakSet<object>();
  #protocolBreaches = 0;

  /** The number of guests that broke the protocol. */
  get protocolBreaches(): number {
    return this.#protocolBreaches;
  }

  /** Each process of a pod notices it, and the pod counts once. */
  brokeProtocol(pod: object): void {
    if (this.#broke.has(pod)) return;
    this.#broke.add(pod);
    this.#protocolBreaches += 1;
  }
}
