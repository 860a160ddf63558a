/** The unit that systemd starts the daemon by. systemd need not be here: the file is read as it reads it. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { processContext } from '../../src/client/processContext.ts';
import { containerdCommand } from '../../src/commands/containerd.ts';

const UNIT = fileURLToPath(new URL('../../systemd/runv.service', import.meta.url));
const MANIFEST = fileURLToPath(new URL('../../package.json', import.meta.url));

/** Every setting that the unit may have, of those that systemd.unit(5) and its like list. */
const KNOWN: Record<string, RegExp> = {
  'Unit.Description': /\S/,
  'Unit.After': /^[\w.-]+( [\w.-]+)*$/,
  'Unit.StartLimitIntervalSec': /^\d+$/,
  'Unit.StartLimitBurst': /^\d+$/,
  'Service.Type': /^notify$/,
  'Service.NotifyAccess': /^main$/,
  'Service.ExecStart': /^\/\S+/,
  'Service.WatchdogSec': /^\d+$/,
  'Service.Restart': /^always$/,
  'Service.RestartSec': /^\d+$/,
  'Service.TimeoutStartSec': /^\d+$/,
  'Service.TimeoutStopSec': /^\d+$/,
  'Service.KillMode': /^process$/,
  'Service.Delegate': /^yes$/,
  'Service.TasksMax': /^infinity$/,
  'Service.LimitNOFILE': /^\d+$/,
  'Service.OOMScoreAdjust': /^-\d{1,3}$/,
  'Install.WantedBy': /^[\w-]+\.target$/,
};

test('the unit has each setting once, with a value that systemd takes', async () => {
  const settings = parse(await readFile(UNIT, 'utf8'));
  expect(settings.map(([name]) => name).sort()).toEqual(Object.keys(KNOWN).sort());
  for (const [name, value] of settings) expect(`${name}=${value}`).toMatch(matching(name));
});

test('what the unit runs is a command line of the daemon', async () => {
  const settings = new Map(parse(await readFile(UNIT, 'utf8')));
  const [program, command, ...flags] = settings.get('Service.ExecStart')?.split(' ') ?? [];
  expect([program, command]).toEqual(['/usr/local/bin/runv', 'containerd']);
  const daemon = containerdCommand(processContext(), async () => 0).exitOverride();
  expect(daemon.parseOptions(flags)).toEqual({ operands: [], unknown: [] });
});

test('the unit is in the package', async () => {
  const { files } = JSON.parse(await readFile(MANIFEST, 'utf8')) as { files: string[] };
  expect(files).toContain('systemd');
});

function matching(name: string): RegExp {
  const value = KNOWN[name]?.source.replace(/^\^/, '') ?? '';
  return new RegExp(`^${name}=${KNOWN[name]?.source.startsWith('^') ? '' : '.*'}${value}`);
}

/** @throws Error for a line that systemd would ignore with a warning */
function parse(text: string): [name: string, value: string][] {
  let section = '';
  return text.split('\n').flatMap((line): [string, string][] => {
    if (line === '' || line.startsWith('#')) return [];
    const [, named] = /^\[(Unit|Service|Install)\]$/.exec(line) ?? [];
    if (named) section = named;
    const [, name, value = ''] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (!named && !name) throw new Error(`not a line of a unit: ${line}`);
    return name ? [[`${section}.${name}`, value]] : [];
  });
}
