import { expect, test } from 'vitest';
import { defaultSpec } from '../../src/spec/defaultSpec.ts';
import { isUnlimited } from '../../src/spec/isUnlimited.ts';
import { parseSpec } from '../../src/spec/parseSpec.ts';

/** The default spec with one member, named by its path, set to a value; `undefined` takes it away. */
function changed(path: string, value: unknown): unknown {
  const spec = JSON.parse(JSON.stringify(defaultSpec()));
  const names = path.split('.');
  const last = names.pop() ?? '';
  let target = spec;
  for (const name of names) target = target[name] ??= {};
  target[last] = value;
  return JSON.parse(JSON.stringify(spec));
}

test.each([
  ['process', undefined, 'process is missing: expected an object'],
  ['root', undefined, 'root is missing: expected an object'],
  ['ociVersion', undefined, 'ociVersion is missing: expected a string'],
  ['ociVersion', 'one', 'ociVersion: expected a version such as "1.0.2", found "one"'],
  ['ociVersion', '2.0.0', 'ociVersion: expected 1.x, found 2.0.0, which is newer than this runtime'],
  ['process.args', undefined, 'process.args is missing: expected a list'],
  ['process.args', 'sh', 'process.args: expected a list, found the string "sh"'],
  ['process.args', ['sh', 3], 'process.args[1]: expected a string, found the number 3'],
  ['process.args', [], 'process.args: expected the command to run, found an empty list'],
  ['process.args', ['sh', 'a\0b'], 'process.args[1]: expected any byte but 0, found one'],
  ['process.env', ['A=\0'], 'process.env[0]: expected any byte but 0, found one'],
  ['process.cwd', 'tmp', 'process.cwd: expected an absolute path, found "tmp"'],
  ['process.terminal', 'yes', 'process.terminal: expected true or false, found the string "yes"'],
  ['process.user.uid', -1, 'process.user.uid: expected an integer from 0 to 4294967295, found the number -1'],
  ['process.user.gid', 0.5, 'process.user.gid: expected an integer from 0 to 4294967295, found the number 0.5'],
  ['process.rlimits', [{ type: 'RLIMIT_CORE', soft: 0 }], 'process.rlimits[0].hard is missing: expected a number'],
  ['root.path', '', 'root.path: expected the path of the root file system, found an empty string'],
  ['hostname', [], 'hostname: expected a string, found a list of 0'],
  ['hostname', 'h'.repeat(65), 'hostname: expected at most 64 bytes, found 65'],
  ['mounts', [{ source: 'a' }], 'mounts[0].destination is missing: expected a string'],
  ['hooks', { prestart: [{}] }, 'hooks.prestart[0].path is missing: expected a string'],
  ['hooks', { poststop: [{ path: 'bin/x' }] }, 'hooks.poststop[0].path: expected an absolute path, found "bin/x"'],
  ['hooks', { prestart: [{ path: '' }] }, 'hooks.prestart[0].path: expected an absolute path, found ""'],
  [
    'hooks',
    { createRuntime: [{ path: '/a' }, { path: '/b', timeout: -1 }] },
    'hooks.createRuntime[1].timeout: expected a number of seconds above 0, found -1',
  ],
  ['linux.namespaces', [{}], 'linux.namespaces[0].type is missing: expected a string'],
  ['linux.resources.memory', { limit: '1G' }, 'linux.resources.memory.limit: expected a number, found the string "1G"'],
  [
    'linux.sysctl',
    { 'net.ipv4.ip_forward': 1 },
    'linux.sysctl["net.ipv4.ip_forward"]: expected a string, found the number 1',
  ],
  ['linux.seccomp', {}, 'linux.seccomp.defaultAction is missing: expected a string'],
  ['annotations', { 'org.a': 1 }, 'annotations["org.a"]: expected a string, found the number 1'],
])('%s set to %j', async (path, value, message) => {
  await expect(parseSpec(changed(path, value), '/b/config.json')).rejects.toMatchObject({
    name: 'BundleError',
    code: 'INVALID',
    message: `/b/config.json: ${message}`,
  });
});

test('fields that nobody here knows are kept', async () => {
  const given = changed('linux.resources.future', { deep: [1, { er: true }] });
  expect(await parseSpec(given, 'config.json')).toEqual(given);
});

test('null is a field that is not there, as Go reads it', async () => {
  const spec = await parseSpec(changed('process.env', null), 'config.json');
  expect(spec.process).not.toHaveProperty('env');
  await expect(parseSpec(changed('process.args', null), 'c')).rejects.toThrow('process.args is missing');
});

test('capabilities in one list, as before 1.0.0, are the sets that it stood for', async () => {
  const spec = await parseSpec(changed('process.capabilities', ['CAP_KILL']), 'config.json');
  const one = ['CAP_KILL'];
  expect(spec.process.capabilities).toEqual({ bounding: one, effective: one, inheritable: one, permitted: one });
});

test('a limit of 2^64 - 1 is none', async () => {
  const text = JSON.stringify(changed('process.rlimits', [{ type: 'RLIMIT_CORE', soft: 1, hard: 7 }]));
  const spec = await parseSpec(JSON.parse(text.replace('"hard":7', '"hard":18446744073709551615')), 'config.json');
  expect(spec.process.rlimits?.map(({ soft, hard }) => [isUnlimited(soft), isUnlimited(hard)])).toEqual([
    [false, true],
  ]);
  expect(isUnlimited(-1)).toBe(true);
});

test('the value that was given is not changed', async () => {
  const given = changed('process.env', null);
  const before = structuredClone(given);
  await parseSpec(given, 'config.json');
  expect(given).toEqual(before);
});
