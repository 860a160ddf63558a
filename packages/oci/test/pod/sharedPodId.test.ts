import { expect, test } from 'vitest';
import { namespacePath } from '../../src/pod/namespacePath.ts';
import { sharedPodId } from '../../src/pod/sharedPodId.ts';
import { defaultSpec } from '../../src/spec/defaultSpec.ts';
import type { Namespace, Spec } from '../../src/spec/types.ts';

function withNamespaces(...namespaces: Namespace[]): Spec {
  return { ...defaultSpec(), linux: { namespaces } };
}

test('a spec without paths, without namespaces or without linux is a pod of its own', () => {
  const { linux: _, ...plain } = defaultSpec();
  for (const spec of [defaultSpec(), withNamespaces(), plain as Spec])
    expect(sharedPodId(spec)).toEqual({ kind: 'own' });
});

test('another container may be named by its id', () => {
  const spec = withNamespaces({ type: 'network', path: 'web.1' }, { type: 'ipc', path: 'web.1' }, { type: 'pid' });
  expect(sharedPodId(spec)).toEqual({ kind: 'shared', references: [{ kind: 'id', id: 'web.1' }] });
});

test('or by a file of its process, several times and beside another', () => {
  const spec = withNamespaces(
    { type: 'network', path: '/proc/42/ns/net' },
    { type: 'ipc', path: '/proc/42/ns/ipc' },
    { type: 'uts', path: '/proc/42/task/43/ns/uts' },
    { type: 'pid', path: 'web' },
  );
  const references = [
    { kind: 'pid', pid: 42 },
    { kind: 'id', id: 'web' },
  ];
  expect(sharedPodId(spec)).toEqual({ kind: 'shared', references });
});

test('a namespace of the host names no container', () => {
  const spec = withNamespaces({ type: 'network', path: '/run/netns/blue' }, { type: 'mount' });
  expect(sharedPodId(spec)).toEqual({ kind: 'own' });
  expect(namespacePath(spec, 'network')).toBe('/run/netns/blue');
  expect(namespacePath(spec, 'mount')).toBeUndefined();
  expect(namespacePath(spec, 'pid')).toBeUndefined();
});

test('a container’s id is no path of the host', () => {
  expect(namespacePath(withNamespaces({ type: 'network', path: 'web' }), 'network')).toBeUndefined();
});

test.each([
  [
    { type: 'network', path: '../web' },
    'linux.namespaces[0].path: expected an absolute path or a container\'s id, found "../web"',
  ],
  [
    { type: 'network', path: '..' },
    'linux.namespaces[0].path: expected an absolute path or a container\'s id, found ".."',
  ],
  [{ type: 'mount', path: 'web' }, 'linux.namespaces[0].path: a mount namespace cannot be shared'],
  [{ type: 'mount', path: '/proc/1/ns/mnt' }, 'linux.namespaces[0].path: a mount namespace cannot be shared'],
])('%j is refused', (namespace, message) => {
  expect(() => sharedPodId(withNamespaces(namespace))).toThrow(expect.objectContaining({ code: 'INVALID', message }));
});
