import { expect, test } from 'vitest';
import { moveContainer, movePod, moveProcess } from '../../src/base/stateMachine.ts';

const CONTAINER = ['creating', 'created', 'running', 'paused', 'stopped'] as const;
const POD = ['starting', 'running', 'terminating', 'exited'] as const;
const PROCESS = ['starting', 'running', 'exited'] as const;

test('a container goes only forward, but for a pause, and from anywhere to its end', () => {
  const ways = CONTAINER.flatMap((from) => CONTAINER.map((to) => ({ from, to })));
  const possible = ways.filter(({ from, to }) => works(() => moveContainer(from, to)));
  expect(possible.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
    'creating -> created',
    'creating -> running',
    'creating -> stopped',
    'created -> running',
    'created -> stopped',
    'running -> paused',
    'running -> stopped',
    'paused -> running',
    'paused -> stopped',
  ]);
});

test('a pod goes only forward, and is terminating before it has exited', () => {
  const ways = POD.flatMap((from) => POD.map((to) => ({ from, to })));
  const possible = ways.filter(({ from, to }) => works(() => movePod(from, to)));
  expect(possible.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
    'starting -> running',
    'starting -> terminating',
    'running -> terminating',
    'terminating -> exited',
  ]);
});

test('a process starts once and ends once', () => {
  const ways = PROCESS.flatMap((from) => PROCESS.map((to) => ({ from, to })));
  const possible = ways.filter(({ from, to }) => works(() => moveProcess(from, to)));
  expect(possible.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
    'starting -> running',
    'starting -> exited',
    'running -> exited',
  ]);
});

function works(move: () => unknown): boolean {
  try {
    move();
    return true;
  } catch {
    return false;
  }
}
