/** The groups of metrics, in the order in which they are measured and shown. */
import { appendMetrics } from './appends.ts';
import { daemonMetrics } from './daemon.ts';
import { engineRuns } from './engines.ts';
import { files } from './files.ts';
import type { Group } from './group.ts';
import { latencyUnderStarts } from './latency.ts';
import { manyAlive, memoryOfOne } from './memory.ts';
import { peers } from './peers/peers.ts';
import { recovery } from './recovery.ts';
import { replayMetrics } from './replay.ts';
import { coldStart, fromCache, fromTemplate } from './starts.ts';
import { stateCalls } from './stateCalls.ts';
import { stateCommand } from './stateCommand.ts';
import { stdio } from './stdio.ts';
import { wall } from './wall.ts';
import { execs, secondContainer } from './warmPod.ts';

export const GROUPS: Readonly<Record<string, Group>> = {
  cold: coldStart,
  template: fromTemplate,
  cache: fromCache,
  container: secondContainer,
  exec: execs,
  stdio,
  memory: memoryOfOne,
  many: manyAlive,
  daemon: daemonMetrics,
  calls: stateCalls,
  latency: latencyUnderStarts,
  events: replayMetrics,
  appends: appendMetrics,
  recovery,
  wall,
  command: stateCommand,
  engines: engineRuns,
  files,
  peers,
};

/** Measured in the short form only where they are named: CI has no time for them. */
export const NOT_IN_SHORT: readonly string[] = ['peers'];
