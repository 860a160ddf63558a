/** What containers have left behind in an engine's sandbox, and in its control groups. */
import { driverUnderTest } from '../driverUnderTest.ts';
import type { Engine } from './engine.ts';
import { cgroupsIn, type Sandbox } from './sandbox.ts';

/** Of the engine and of runv's daemon, which stay. */
const PROGRAMS = ['containerd', 'node', 'runv-spawner', 'runv-jail'];

/** @returns a line for each thing: none, when nothing is left */
export async function leavings(engine: Engine): Promise<string[]> {
  const { sandbox } = engine;
  const { clone } = (await driverUnderTest()).info.capabilities;
  const listed = await engine.cli('ps', '-aq');
  if (listed.exitCode !== 0) throw new Error(`${engine.name} ps: ${listed.stderr}`);
  const all = {
    containers: listed.stdout.split('\n').filter((id) => id !== ''),
    // The template's clone that is ready for the next one stays.
    machines: (await sandbox.machinePids()).slice(clone ? 1 : 0),
    processes: await processesIn(sandbox),
    links: (await sandbox.links()).filter((name) => /^(veth|tap|runv)/.test(name)),
    // A container's have its id in their path, its network namespace's are files; those in a VM end with it.
    mounts: (await sandbox.mounts()).filter((line) => /^(\S+ ){4}\S*([0-9a-f]{12}|\/netns-)/.test(line)),
    groups: (await cgroupsIn(engine.cgroups)).filter((name) => /^(libpod-)?[0-9a-f]{64}$/.test(name)),
  };
  return Object.entries(all).flatMap(([kind, names]) => names.map((name) => `${kind}: ${name}`));
}

/** The shims, under the names of what runs in the VMs, and what the engine starts for each of them. */
async function processesIn(sandbox: Sandbox): Promise<string[]> {
  const { stdout } = await sandbox.run(['ps', '-eo', 'pid=,ppid=,stat=,comm=']);
  const all = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const machines = new Set(await sandbox.machinePids());
  return all.flatMap(([pid = '', parent = '0', stat = '', comm = '']) => {
    // The test has started those whose parent is outside; a VM of User-mode Linux has its programs as children.
    const known = parent === '0' || stat.startsWith('Z') || PROGRAMS.includes(comm);
    return known || machines.has(pid) || machines.has(parent) ? [] : [`${comm} ${pid}`];
  });
}
