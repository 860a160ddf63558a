/** What of a bundle's mounts is the host's, and what the guest's. */
import { defaultSpec, type Mount } from '@runv/oci';
import { describe, expect, test } from 'vitest';
import { bundleMounts } from '../../src/spec/bundleMounts.ts';

const CGROUPS = '/sys/fs/cgroup';

function translated(...mounts: Mount[]) {
  return bundleMounts({ path: '/bundle', rootfs: '/bundle/rootfs', spec: { ...defaultSpec(), mounts } });
}

test('an overlay of the host’s directories is the host’s, and another one the guest’s', () => {
  const options = ['lowerdir=/data', 'upperdir=/u', 'workdir=/w', 'private', 'ro'];
  const overlay = { destination: '/o', type: 'overlay', source: '/merge' };
  expect(translated({ ...overlay, options })).toMatchObject([
    {
      bind: {
        source: '/merge',
        overlay: 'lowerdir=/data,upperdir=/u,workdir=/w',
        options: ['private', 'ro'],
        readonly: true,
      },
    },
  ]);
  expect(translated({ ...overlay, options: ['lowerdir=inside'] })).toMatchObject([{ mount: { type: 'overlay' } }]);
});

describe('control groups', () => {
  test('are the guest’s, where a bundle binds the host’s too', () => {
    const options = ['rbind', 'rw', 'rprivate'];
    expect(translated({ destination: CGROUPS, type: 'bind', source: `${CGROUPS}/`, options })).toEqual([
      { mount: { destination: CGROUPS, type: 'cgroup', source: 'cgroup', options: ['rw', 'rprivate'] } },
    ]);
  });

  test('can be written to, where a bundle binds a hierarchy of version 1, which there is none of', () => {
    const systemd = {
      destination: `${CGROUPS}/systemd`,
      type: 'bind',
      source: `${CGROUPS}/systemd`,
      options: ['bind'],
    };
    const own = { destination: CGROUPS, type: 'cgroup', source: 'cgroup', options: ['nosuid', 'ro'] };
    expect(translated(own, systemd)).toEqual([{ mount: { ...own, options: ['nosuid'] } }]);
    expect(translated(own)).toEqual([{ mount: own }]);
  });

  test('of another directory’s name are the host’s files', () => {
    const [bound] = translated({ destination: '/c', type: 'bind', source: `${CGROUPS}-files`, options: ['bind'] });
    expect(bound).toMatchObject({ bind: { source: `${CGROUPS}-files` } });
  });
});
