/** A Swarm of dockerds, each on a machine of its own as far as they know, with runv as the default runtime. */
import { type Engine, startDocker } from './engine.ts';
import { joinByWires } from './wires.ts';

export interface Node {
  readonly engine: Engine;
  /** The Swarm's name for it. */
  readonly id: string;
  /** On the network that joins the nodes. */
  readonly address: string;
}

export interface Swarm extends AsyncDisposable {
  /** The first one is the manager. */
  readonly nodes: readonly Node[];
  /** Docker on the manager. @returns what it prints @throws Error with what it said, unless it succeeds */
  docker(...args: string[]): Promise<string>;
  /** The node dies with all that is on it, as a machine without power does. */
  kill(node: Node): Promise<void>;
}

export async function startSwarm(count: number): Promise<Swarm> {
  const made = new Set<AsyncDisposable>();
  const end = async () => void (await Promise.all([...made].map((each) => each[Symbol.asyncDispose]())));
  try {
    const starts = Array.from({ length: count }, () =>
      startDocker(undefined, { settings: { 'default-runtime': 'runv' } }),
    );
    // All of them, so that none is left when another one fails.
    const engines = (await Promise.allSettled(starts)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    );
    for (const engine of engines) made.add(engine);
    await Promise.all(starts);
    const { bridge, addresses } = await joinByWires(engines.map(({ sandbox }) => sandbox));
    made.add(bridge);
    const nodes = await join(engines, addresses);
    const kill = async ({ engine }: Node) => {
      made.delete(engine);
      await engine[Symbol.asyncDispose]();
    };
    return { nodes, docker: (...args) => succeed(engines[0], args), kill, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

async function join(engines: readonly Engine[], addresses: readonly string[]): Promise<Node[]> {
  const [manager, ...workers] = engines;
  const [main = '', ...others] = addresses;
  // So that a node that has died is known to have soon.
  await succeed(manager, [
    'swarm',
    'init',
    '--advertise-addr',
    main,
    '--dispatcher-heartbeat',
    '1s',
    '--task-history-limit',
    '1',
  ]);
  const token = (await succeed(manager, ['swarm', 'join-token', '-q', 'worker'])).trim();
  for (const [index, worker] of workers.entries())
    await succeed(worker, ['swarm', 'join', '--advertise-addr', others[index] ?? '', '--token', token, `${main}:2377`]);
  const ids = await Promise.all(engines.map((engine) => succeed(engine, ['info', '-f', '{{.Swarm.NodeID}}'])));
  return engines.map((engine, index) => ({ engine, id: ids[index]?.trim() ?? '', address: addresses[index] ?? '' }));
}

async function succeed(engine: Engine | undefined, args: readonly string[]): Promise<string> {
  if (!engine) throw new Error('a Swarm has one node at least');
  const { exitCode, stdout, stderr } = await engine.cli(...args);
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')} exited with ${exitCode}: ${stdout}${stderr}`);
  return stdout;
}
