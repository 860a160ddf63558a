/** The states of pods, containers and processes, and the transitions between them, as tables. */

const POD = {
  /** The guest comes up. */
  starting: ['running', 'terminating'],
  running: ['terminating'],
  /** No container may join any more. */
  terminating: ['exited'],
  /** Nothing is left of the VM. */
  exited: [],
} as const;

const CONTAINER = {
  creating: ['created', 'running', 'stopped'],
  created: ['running', 'stopped'],
  running: ['paused', 'stopped'],
  paused: ['running', 'stopped'],
  stopped: [],
} as const;

const PROCESS = {
  starting: ['running', 'exited'],
  running: ['exited'],
  exited: [],
} as const;

export type PodStatus = keyof typeof POD;
export type ContainerStatus = keyof typeof CONTAINER;
export type ProcessStatus = keyof typeof PROCESS;

/** @throws Error for a transition that the table does not have: a defect of this program, never of a caller */
export function movePod(from: PodStatus, to: PodStatus): PodStatus {
  return move(POD, from, to);
}

export function moveContainer(from: ContainerStatus, to: ContainerStatus): ContainerStatus {
  return move(CONTAINER, from, to);
}

export function moveProcess(from: ProcessStatus, to: ProcessStatus): ProcessStatus {
  return move(PROCESS, from, to);
}

function move<State extends string>(table: Record<State, readonly State[]>, from: State, to: State): State {
  if (!table[from].includes(to)) throw new Error(`no transition from ${from} to ${to}`);
  return to;
}
