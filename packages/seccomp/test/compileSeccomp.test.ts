import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileSeccomp, SeccompError, type SeccompProfile, seccompFeatures, seccompFlags } from '../src/index.ts';
import { toLines } from '../src/toLines.ts';
import { I386, runFilter } from './support/runFilter.ts';

const directory = fileURLToPath(new URL('..', import.meta.url));
const sanitized = `${directory}/dist/runv-seccomp-host`;
beforeAll(async () => {
  await execa('make', ['-C', `${directory}/c`, 'host']);
}, 60_000);

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const [EPERM, ENOSYS] = [1, 38];
const [READ, WRITE, CLONE, MOUNT, FACCESSAT2] = [0, 1, 56, 165, 439];

const strict: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ERRNO',
  architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_AARCH64'],
  syscalls: [
    { names: ['read', 'mount_from_the_future', 'faccessat2'], action: 'SCMP_ACT_ALLOW' },
    { names: ['write'], action: 'SCMP_ACT_ERRNO', errnoRet: 5 },
    {
      names: ['clone'],
      action: 'SCMP_ACT_ALLOW',
      args: [{ index: 0, value: 2_114_060_288, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
    },
  ],
};

describe('a program', () => {
  test('lets through what the profile names, and gives the default’s errno or the rule’s', async () => {
    const program = await compileSeccomp(strict);
    expect(runFilter(program, { number: READ })).toBe(ALLOW);
    expect(runFilter(program, { number: WRITE })).toBe(ERRNO + 5);
    expect(runFilter(program, { number: MOUNT })).toBe(ERRNO + EPERM);
    expect(runFilter(program, { number: FACCESSAT2 })).toBe(ALLOW);
  });

  test('gives ENOSYS for what is newer than all that the profile names, so that C libraries try the older way', async () => {
    const program = await compileSeccomp(strict);
    expect(runFilter(program, { number: FACCESSAT2 + 1 })).toBe(ERRNO + ENOSYS);
    expect(runFilter(program, { number: 450, arch: I386 })).toBe(ERRNO + ENOSYS);
    const lenient = await compileSeccomp({ defaultAction: 'SCMP_ACT_LOG', syscalls: strict.syscalls });
    expect(runFilter(lenient, { number: 1000 })).toBe(0x7ffc0000);
  });

  test('knows the numbers of 32-bit programs, and kills those of a machine that it is not for', async () => {
    const program = await compileSeccomp(strict);
    expect(runFilter(program, { number: 3, arch: I386 })).toBe(ALLOW);
    expect(runFilter(program, { number: 21, arch: I386 })).toBe(ERRNO + EPERM);
    expect(runFilter(program, { number: READ, arch: 0xc00000b7 })).toBe(0);
    const only64 = await compileSeccomp({ ...strict, architectures: [] });
    expect(runFilter(only64, { number: 3, arch: I386 })).toBe(0);
  });

  test.each([
    ['SCMP_CMP_NE', [7n, 9n], [8n]],
    ['SCMP_CMP_LT', [7n], [8n, 9n]],
    ['SCMP_CMP_LE', [7n, 8n], [9n]],
    ['SCMP_CMP_EQ', [8n], [7n, 9n, (1n << 32n) + 8n]],
    ['SCMP_CMP_GE', [8n, 1n << 40n], [7n]],
    ['SCMP_CMP_GT', [9n, 1n << 40n], [8n]],
  ])('compares an argument by %s', async (op, right, wrong) => {
    const rule = { names: ['read'], action: 'SCMP_ACT_ALLOW', args: [{ index: 1, value: 8, op }] };
    const program = await compileSeccomp({ defaultAction: 'SCMP_ACT_KILL_PROCESS', syscalls: [rule] });
    for (const arg of right) expect(runFilter(program, { number: READ, args: [0n, arg] })).toBe(ALLOW);
    for (const arg of wrong) expect(runFilter(program, { number: READ, args: [0n, arg] })).toBe(0x80000000);
  });

  test('compares under a mask, all of several arguments, any of several values of one', async () => {
    const masked = await compileSeccomp(strict);
    expect(runFilter(masked, { number: CLONE, args: [0x11n] })).toBe(ALLOW);
    expect(runFilter(masked, { number: CLONE, args: [0x10000000n] })).toBe(ERRNO + EPERM);
    const rule = (args: { index: number; value: number; op: string }[]) => ({
      defaultAction: 'SCMP_ACT_TRAP',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', args }],
    });
    const [zero, one, other] = [0, 1, 2].map((value) => ({ index: value > 1 ? 1 : 0, value, op: 'SCMP_CMP_EQ' }));
    const both = await compileSeccomp(rule([zero, other] as never));
    expect(runFilter(both, { number: READ, args: [0n, 2n] })).toBe(ALLOW);
    expect(runFilter(both, { number: READ, args: [0n, 3n] })).toBe(0x00030000);
    const either = await compileSeccomp(rule([zero, one] as never));
    expect([0n, 1n, 2n].map((arg) => runFilter(either, { number: READ, args: [arg] }))).toEqual([
      ALLOW,
      ALLOW,
      0x00030000,
    ]);
  });

  test('is made once for the same profile', async () => {
    expect(await compileSeccomp({ ...strict })).toBe(await compileSeccomp({ ...strict }));
    expect(await compileSeccomp({ ...strict, defaultErrnoRet: 2 })).not.toBe(await compileSeccomp(strict));
  });

  test('is not waited for by whom a signal has told to stop', async () => {
    await expect(compileSeccomp(strict, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('a profile', () => {
  const usual = { defaultAction: 'SCMP_ACT_ALLOW' };
  const rule = (more: object) => ({ ...usual, syscalls: [{ names: ['read'], action: 'SCMP_ACT_LOG', ...more }] });
  test.each([
    [{ defaultAction: 'SCMP_ACT_SHRUG' }, 'linux.seccomp.defaultAction: there is no action "SCMP_ACT_SHRUG"'],
    [{ ...usual, architectures: ['x86'] }, 'linux.seccomp.architectures: "x86" is none'],
    [rule({ names: ['two words'] }), 'linux.seccomp.syscalls[0].names: "two words" is no system call\'s name'],
    [rule({ args: [{ index: 0, value: 1, op: '=' }] }), 'linux.seccomp.syscalls[0].args: there is no operator "="'],
    [
      rule({ args: [{ index: 6, value: 1, op: 'SCMP_CMP_EQ' }] }),
      'linux.seccomp.syscalls[0].args: index is 6; a system call has the arguments 0 to 5',
    ],
  ])('that makes no sense is refused: %j', async (profile, message) => {
    await expect(compileSeccomp(profile)).rejects.toEqual(new SeccompError('INVALID', message));
  });

  test('that wants a listener is refused with the reason', async () => {
    for (const profile of [{ ...usual, listenerPath: '/run/x' }, rule({ action: 'SCMP_ACT_NOTIFY' })])
      await expect(compileSeccomp(profile)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(/cannot answer for system calls of a guest's/),
      });
  });

  test('may name every action, operator and architecture that is said to be there', async () => {
    const { actions, operators, archs } = seccompFeatures();
    const args = operators.map((op) => ({ index: 0, value: 1, op }));
    const syscalls = [
      ...actions.map((action) => ({ names: ['write'], action, args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ' }] })),
      { names: ['read'], action: 'SCMP_ACT_LOG', args },
    ];
    expect(toLines({ ...usual, architectures: archs }).match(/^arch /gm)).toHaveLength(archs.length);
    for (const syscall of syscalls)
      expect(await compileSeccomp({ ...usual, architectures: archs, syscalls: [syscall] })).not.toHaveLength(0);
  });

  test('has flags of the kernel’s', () => {
    const flags = ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'];
    expect(seccompFlags({ ...usual, flags })).toBe(6);
    expect(() => seccompFlags({ ...usual, flags: ['FLAG'] })).toThrow('there is no flag "FLAG"');
  });
});

describe('the compiler, with sanitizers', () => {
  const compile = (input: string) => execa(sanitized, { input, reject: false, encoding: 'buffer' });

  test('makes the same program', async () => {
    const { stdout, stderr } = await compile(toLines(strict));
    expect(Buffer.from(stderr).toString()).toBe('');
    expect((await compileSeccomp(strict)).equals(Buffer.from(stdout))).toBe(true);
  });

  test.each([
    '',
    'rule allow read\n',
    'default\n',
    'default maybe\n',
    'default errno:70000\n',
    'default allow',
    'default allow\nnonsense\n',
    'default allow\narch arm\n',
    'default allow\nrule log\n',
    'default allow\nrule log read 0\n',
    'default allow\nrule log read 0 EQ x 0\n',
    'default allow\nrule log read 7 EQ 1 0\n',
    `default allow\nrule log read${' 0 EQ 1 0'.repeat(7)}\n`,
    `default allow\nrule log ${'x'.repeat(5000)}\n`,
    'default allow\narch x86\narch x86\narch x86\narch x86\n',
  ])('refuses what is no profile in one line (%#)', async (input) => {
    const { exitCode, stderr } = await compile(input);
    expect(exitCode).toBe(1);
    expect(Buffer.from(stderr).toString()).toMatch(/^[^\n]+$/);
  });
});
