import { once } from 'node:events';
import { expect, test } from 'vitest';
import { outputEnd } from '../../src/shim/frames.ts';
import { ShimOutput } from '../../src/shim/shimOutput.ts';

test('an end that was lost with its connection is said again on the next one', async () => {
  const output = new ShimOutput(1, 0);
  const first: Buffer[] = [];
  output.connect(0, (...frames) => first.push(...frames));
  output.end('words');
  await expect.poll(() => first.at(-1)).toEqual(outputEnd(1, 5));
  // The shim has got the words and said so; the end behind them went down with the connection.
  output.passedOn(5);
  await once(output, 'close');
  output.disconnect();

  const second: Buffer[] = [];
  output.connect(5, (...frames) => second.push(...frames));
  expect(second).toEqual([outputEnd(1, 5)]);
});

test('an output that was given up says nothing any more', async () => {
  const output = new ShimOutput(1, 0);
  output.write('words');
  const closed = new Promise((resolve) => output.once('close', resolve));
  output.destroy(new Error('the shim has ended'));
  await closed;
  const said: Buffer[] = [];
  output.connect(0, (...frames) => said.push(...frames));
  expect(said).toEqual([]);
});
