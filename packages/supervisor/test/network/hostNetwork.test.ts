import { expect, test } from 'vitest';
import { refuseHostNetwork } from '../../src/index.ts';

test('a bundle with a network namespace, a new one or one that there is, is taken', () => {
  for (const namespace of [{ type: 'network' }, { type: 'network', path: '/run/netns/x' }])
    refuseHostNetwork({ linux: { namespaces: [{ type: 'pid' }, namespace] } });
});

test("one without asks for the host's network, and is refused in one line that says why", () => {
  for (const linux of [undefined, {}, { namespaces: [{ type: 'pid' }] }]) {
    const refused = { code: 'INVALID', message: expect.stringMatching(/^.*type network: a VM has .*--network host$/) };
    expect(() => refuseHostNetwork({ linux })).toThrow(expect.objectContaining(refused));
  }
});
