/** How the phases of several processes become one timeline. */
import { describe, expect, test } from 'vitest';
import { arrange, type Recording, type Timeline } from '../../src/draw/index.ts';
import type { RecordedPhase } from '../../src/index.ts';
import { recorded } from '../support/recorded.ts';

const BEGAN = new Date('2026-01-02T03:04:05.678Z');

function arranged(phases: readonly RecordedPhase[], more: Partial<Recording> = {}): Timeline {
  const whole = { title: 'a start', began: BEGAN, ending: 'the first byte', fromMs: 1000, toMs: 1100 };
  return arrange({ ...whole, ...more, phases });
}

/** A line for each: indented by depth, with its begin and its end. */
function lines({ phases }: Timeline): string[] {
  return phases.map(
    ({ name, startMs, durationMs, depth }) => `${'  '.repeat(depth)}${name} ${startMs}-${startMs + durationMs}`,
  );
}

function topMs({ phases }: Timeline): number {
  const top = phases.filter(({ depth, startMs }) => depth === 0 && startMs >= 0);
  return top.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

test('each phase is followed by its parts, in the order of their begins', () => {
  const [a, b] = [recorded('a', [1000, 1060]), recorded('b', [1060, 1100])];
  const part = recorded('part', [1010, 1050], { parentId: a.id });
  const parts = [
    recorded('second', [1030, 1040], { parentId: part.id }),
    recorded('first', [1010, 1020], { parentId: part.id }),
  ];
  const timeline = arranged([...parts, part, b, a]);
  expect(lines(timeline)).toEqual(['a 0-60', '  part 10-50', '    first 10-20', '    second 30-40', 'b 60-100']);
  expect(timeline.phases.map(({ parent }) => parent)).toEqual([undefined, 0, 1, 1, undefined]);
  expect(timeline.wholeMs).toBe(100);
});

test('a call to another process is the way there, what was done there, and the way back', () => {
  const call = recorded('CreateContainer', [1000, 1080]);
  const served = recorded('/API/CreateContainer', [1010, 1070], { parentId: call.id, isServed: true });
  const steps = [
    recorded('boot', [1010, 1050], { parentId: served.id }),
    recorded('run', [1050, 1070], { parentId: served.id }),
  ];
  const output = recorded('wait for the output', [1080, 1100]);
  const timeline = arranged([call, output, ...steps, served]);
  expect(lines(timeline)).toEqual([
    'the request reaches the daemon 0-10',
    'boot 10-50',
    'run 50-70',
    'the answer reaches the client 70-80',
    'wait for the output 80-100',
  ]);
  expect(topMs(timeline)).toBe(timeline.wholeMs);
});

test('a call that was never answered is shown as it is', () => {
  const call = recorded('CreateContainer', [1000, 1100], { error: 'the daemon has gone' });
  const timeline = arranged([call]);
  expect(lines(timeline)).toEqual(['CreateContainer 0-100']);
  expect(timeline.phases[0]?.error).toBe('the daemon has gone');
});

test('what was needed before the request comes before it', () => {
  const timeline = arranged([recorded('start the daemon', [700, 1000]), recorded('call', [1000, 1100])]);
  expect(lines(timeline)).toEqual(['start the daemon -300-0', 'call 0-100']);
  expect(topMs(timeline)).toBe(100);
});

test('what ends after the whole is cut off there', () => {
  const timeline = arranged([recorded('a', [1000, 1050]), recorded('b', [1050, 1200]), recorded('c', [1150, 1200])]);
  expect(lines(timeline)).toEqual(['a 0-50', 'b 50-100', '  c 100-100']);
});

describe('at the top', () => {
  test('what goes on beside a longer phase is part of it', () => {
    const timeline = arranged([
      recorded('bring up', [1000, 1100]),
      recorded('bind', [1010, 1020]),
      recorded('write', [1020, 1030]),
    ]);
    expect(lines(timeline)).toEqual(['bring up 0-100', '  bind 10-20', '  write 20-30']);
  });

  test('the longer phase has the time of both', () => {
    const timeline = arranged([recorded('long', [1010, 1100]), recorded('short', [1000, 1040])]);
    expect(lines(timeline)).toEqual(['long 0-100', '  short 0-40']);
  });

  test('a little that two have in common counts for the later one', () => {
    const timeline = arranged([recorded('a', [1000, 1060]), recorded('b', [1050, 1100])]);
    expect(lines(timeline)).toEqual(['a 0-50', 'b 50-100']);
    expect(topMs(timeline)).toBe(100);
  });
});
