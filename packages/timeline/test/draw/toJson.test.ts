/** The shape that the README promises. */
import { expect, test } from 'vitest';
import { arrange, toJson } from '../../src/draw/index.ts';
import { recorded } from '../support/recorded.ts';

test('a timeline for programs: times in ms to a microsecond, and parents by index', () => {
  const boot = recorded('boot', [1000, 1010.12345], { attributes: { cpus: 2 } });
  const load = recorded('load', [1001, 1002], { parentId: boot.id, error: 'no such file' });
  const began = new Date('2026-01-02T03:04:05.678Z');
  const whole = { title: 'runv run hello', began, ending: 'the failure', fromMs: 1000, toMs: 1020 };
  const text = toJson(arrange({ ...whole, phases: [boot, load] }));
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    timeline: 1,
    title: 'runv run hello',
    began: '2026-01-02T03:04:05.678Z',
    ending: 'the failure',
    wholeMs: 20,
    phases: [
      { name: 'boot', startMs: 0, durationMs: 10.123, depth: 0, parent: null, attributes: { cpus: 2 } },
      { name: 'load', startMs: 1, durationMs: 1, depth: 1, parent: 0, attributes: {}, error: 'no such file' },
    ],
  });
});
