/** The codes of control messages: hyperstart's, and from 100 on ours. */

export const code = {
  getVersion: 0,
  startPod: 1,
  destroyPod: 4,
  exec: 6,
  ready: 8,
  ack: 9,
  error: 10,
  winSize: 11,
  ping: 12,
  podFinished: 13,
  next: 14,
  writeFile: 15,
  readFile: 16,
  newContainer: 17,
  killContainer: 18,
  onlineCpuMem: 19,
  setupInterface: 20,
  setupRoute: 21,
  removeContainer: 22,
  processAsyncEvent: 23,
  signalProcess: 24,
  deleteInterface: 25,
  negotiate: 100,
  startContainer: 101,
  setClock: 102,
  park: 103,
  updateContainer: 104,
  stats: 105,
  freeze: 106,
  thaw: 107,
  nameserver: 108,
  query: 109,
  reply: 110,
} as const;

/** The command's name, for errors. */
export function nameOf(number: number): string {
  const found = Object.entries(code).find(([, value]) => value === number);
  return found ? found[0] : `command ${number}`;
}
