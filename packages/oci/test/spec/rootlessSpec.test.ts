import { expect, test } from 'vitest';
import { defaultSpec } from '../../src/spec/defaultSpec.ts';
import { parseSpec } from '../../src/spec/parseSpec.ts';
import { rootlessSpec } from '../../src/spec/rootlessSpec.ts';

test('the rootless spec is a valid one, whose root is the one user that there is', async () => {
  const spec = await parseSpec(JSON.parse(JSON.stringify(rootlessSpec({ uid: 1000, gid: 1001 }))), 'config.json');
  expect(spec).toEqual(rootlessSpec({ uid: 1000, gid: 1001 }));
  const { mounts, linux, ...others } = spec;
  const { mounts: usualMounts, linux: usual, ...usualOthers } = defaultSpec();
  expect(others).toEqual(usualOthers);
  expect(linux).toEqual({
    uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
    gidMappings: [{ containerID: 0, hostID: 1001, size: 1 }],
    namespaces: ['pid', 'network', 'ipc', 'uts', 'mount', 'user'].map((type) => ({ type })),
    maskedPaths: usual?.maskedPaths,
    readonlyPaths: usual?.readonlyPaths,
  });
  expect(mounts).toEqual(
    usualMounts?.map((mount) =>
      mount.destination === '/dev/pts'
        ? { ...mount, options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'] }
        : mount,
    ),
  );
});
