/** What `runv features` says, against the guest's own tables and Debian's runc. */
import { readFile } from 'node:fs/promises';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { processContext } from '../src/client/processContext.ts';
import { main } from '../src/main.ts';

/** Of what runc has and runv has not; of a list, what is in it. */
const LACKS: Readonly<Record<string, string>> = {
  'linux.cgroup.systemdUser': "runv needs root, and knows no user's systemd",
  'linux.seccomp.actions SCMP_ACT_NOTIFY': "nobody on the host can answer for a guest's system calls",
  'linux.apparmor.enabled': "the guest's kernel has no AppArmor",
  'linux.selinux.enabled': "the guest's kernel has no SELinux",
  'annotations.io.github.seccomp.libseccomp.version': 'the library is in the compiler, which no profile notices',
  'annotations.org.opencontainers.runc.checkpoint.enabled': "runc's own",
  'annotations.org.opencontainers.runc.commit': "runc's own",
  'annotations.org.opencontainers.runc.version': "runc's own",
};

/** runc lists those of machines that a guest is none of. */
const OTHER_MACHINES = /^linux\.seccomp\.archs SCMP_ARCH_(?!X)/;

interface Features {
  readonly mountOptions: string[];
  readonly linux: { readonly capabilities: string[] };
}

let ours: Features;
beforeAll(async () => {
  const printed: string[] = [];
  const stdout = { write: (text: string) => void printed.push(text) };
  expect(await main(['features'], { ...processContext(), stdout })).toBe(0);
  ours = JSON.parse(printed.join(''));
});

describe('features', () => {
  test('are all that runc has, but for what is named here with the reason', async () => {
    const { stdout } = await execa('runc', ['features']);
    const there = new Set(facts(ours));
    const lacking = facts(JSON.parse(stdout)).filter((fact) => !there.has(fact) && !OTHER_MACHINES.test(fact));
    expect(lacking.sort()).toEqual(Object.keys(LACKS).sort());
  });

  test('list the options of mounts that the guest knows, sorted', async () => {
    const source = await guestSource('spec/mountoptions.c');
    const propagations = /propagations\[\] = \{(.*?)\n\};/s.exec(source)?.[1] ?? '';
    const known = [
      ...wordsOf(source),
      ...wordsOf(propagations).map((word) => `r${word}`),
      ...[...source.matchAll(/strcmp\(option, "(\w+)"\)/g)].map(([, word = '']) => word),
    ];
    expect(known.length).toBeGreaterThan(60);
    expect(ours.mountOptions).toEqual(known.sort());
  });

  test('list the capabilities that the guest knows', async () => {
    const known = (await guestSource('spec/kernelnames.c')).match(/(?<=^ {4}")CAP_\w+/gm);
    expect(known).toHaveLength(41);
    expect(ours.linux.capabilities).toEqual(known);
  });
});

/** What is said to be there: each field that is not false, each of a list's words by itself. */
function facts(value: unknown, path = ''): string[] {
  if (value === false) return [];
  if (Array.isArray(value)) return value.map((word) => `${path} ${word}`);
  if (typeof value !== 'object') return [path];
  return Object.entries(Object(value)).flatMap(([name, inner]) => facts(inner, path === '' ? name : `${path}.${name}`));
}

async function guestSource(name: string): Promise<string> {
  return await readFile(new URL(`../../guest/c/${name}`, import.meta.url), 'utf8');
}

/** The first of each row of a table. */
function wordsOf(source: string): string[] {
  return [...source.matchAll(/\{"(\w+)",/g)].map(([, word = '']) => word);
}
