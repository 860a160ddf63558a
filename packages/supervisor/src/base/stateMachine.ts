/** The states of containers and processes, and the ways between them, as tables. */

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

export type ContainerStatus = keyof typeof CONTAINER;
export type ProcessStatus = keyof typeof PROCESS;

/** @throws Error for a way that the table does not have: a defect of the program's, never of a caller's */
export function moveContainer(from: ContainerStatus, to: ContainerStatus): ContainerStatus {
  return move(CONTAINER, from, to);
}

export function moveProcess(from: ProcessStatus, to: ProcessStatus): ProcessStatus {
  return move(PROCESS, from, to);
}

function move<State extends string>(table: Record<State, readonly State[]>, from: State, to: State): State {
  if (!table[from].includes(to)) throw new Error(`no way from ${from} to ${to}`);
  return to;
}
