import { expect, test } from 'vitest';
import { Undo } from '../../src/base/undo.ts';

test('takes the steps back, the last first, each one finished before the next', async () => {
  const undo = new Undo();
  const done: string[] = [];
  for (const step of ['first', 'second', 'third']) {
    undo.push(async () => {
      await new Promise(setImmediate);
      done.push(step);
    });
  }
  await undo.run(() => {});
  expect(done).toEqual(['third', 'second', 'first']);
});

test('a step that fails is reported and keeps no other from being taken back', async () => {
  const undo = new Undo();
  const [done, failures]: [string[], unknown[]] = [[], []];
  undo.push(() => done.push('first'));
  undo.push(() => Promise.reject(new Error('later')));
  undo.push(() => {
    throw new Error('at once');
  });
  undo.push(() => done.push('last'));
  await undo.run((error) => failures.push(error));
  expect(done).toEqual(['last', 'first']);
  expect(failures).toEqual([new Error('at once'), new Error('later')]);
});

test('takes each step back once', async () => {
  const undo = new Undo();
  let times = 0;
  undo.push(() => {
    times += 1;
  });
  await undo.run(() => {});
  await undo.run(() => {});
  expect(times).toBe(1);
});

test('a step that finds no descriptor is taken once there is one', async () => {
  const undo = new Undo();
  const failures: unknown[] = [];
  const done: string[] = [];
  undo.push(() => done.push('first'));
  undo.push(() => {
    if (done.push('tried') < 3) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  });
  await undo.run((error) => failures.push(error));
  expect({ done, failures }).toEqual({ done: ['tried', 'tried', 'tried', 'first'], failures: [] });
});

test('steps that find no descriptor for long are not waited for, and are taken all the same', async () => {
  const undo = new Undo();
  const done: string[] = [];
  let descriptors = false;
  undo.push(() => done.push('first'));
  undo.push(() => {
    if (!descriptors) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    done.push('last');
  });
  await undo.run(() => {}, 1);
  expect(done).toEqual([]);
  descriptors = true;
  await expect.poll(() => done).toEqual(['last', 'first']);
});
