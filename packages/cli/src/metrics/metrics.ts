/** The daemon's metrics, as docs/metrics.md lists them. Every label has few values, which no client or guest chooses. */
import type { Factory } from '@runv/factory';
import type { ServerOptions } from '@runv/server';
import type { Supervisor, Tally } from '@runv/supervisor';
import { type ObservedPhase, observePhases } from '@runv/timeline';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Measured {
  readonly supervisor: Supervisor;
  readonly factory: Factory;
  readonly about: ServerOptions['about'];
}

export interface Metrics extends Disposable {
  readonly contentType: string;
  /** In Prometheus's text format. */
  text(): Promise<string>;
}

/** In seconds: a phase takes a millisecond, a start a tenth of a second from a pool, and a second or more where a VM boots. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** Counts until disposed. */
export function openMetrics(measured: Measured): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addAbout(registry, measured.about);
  addStarts(registry, measured.supervisor);
  addCensus(registry, measured);
  addEvents(registry, measured.supervisor);
  addTroubles(registry, measured.supervisor);
  const observing = observePhases(observer(registry));
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    [Symbol.dispose]: () => {
      observing[Symbol.dispose]();
      registry.clear();
    },
  };
}

function addAbout(registry: Registry, { version, driver, hypervisor, accelerator }: Measured['about']): void {
  const labels = { version, driver, hypervisor, accelerator };
  const help = 'What the daemon is and runs on; always 1';
  new Gauge({ name: 'runv_info', help, labelNames: Object.keys(labels), registers: [registry] }).set(labels, 1);
}

function observer(registry: Registry): (phase: ObservedPhase) => void {
  const options = { buckets: BUCKETS, registers: [registry] };
  const phases = new Histogram({
    ...options,
    name: 'runv_phase_seconds',
    help: 'How long each phase of a start or another call took, and those of VMs that are made in the background',
    labelNames: ['phase'],
  });
  const calls = new Histogram({
    ...options,
    name: 'runv_call_seconds',
    help: 'How long each call took to answer',
    labelNames: ['call', 'failed'],
  });
  return ({ kind, name, durationMs, failed }) => {
    if (kind === 'phase') phases.observe({ phase: name }, durationMs / 1000);
    else calls.observe({ call: name, failed: `${failed}` }, durationMs / 1000);
  };
}

function addStarts(registry: Registry, { measures }: Supervisor): void {
  new Counter({
    name: 'runv_starts_total',
    help: 'Starts by how they went: call run makes a container and runs its program, create and start do one each',
    labelNames: ['call', 'outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [call, tally] of Object.entries(measures.starts))
        for (const [outcome, count] of tally.counts) this.inc({ call, outcome }, count);
    },
  });
}

function addCensus(registry: Registry, { supervisor, factory }: Measured): void {
  gaugeBy(
    registry,
    'runv_vms',
    'VMs by state; waiting are those that have no turn to boot yet',
    'state',
    () => supervisor.census.vms,
  );
  gaugeBy(
    registry,
    'runv_containers',
    'Containers by status; stopped are those being removed',
    'status',
    () => supervisor.census.containers,
  );
  gauge(registry, 'runv_warm_pool_ready', 'VMs that stand ready', () => factory.pool?.ready ?? 0);
  gauge(registry, 'runv_warm_pool_size', 'VMs that are to stand ready', () => factory.pool?.size ?? 0);
}

function addEvents(registry: Registry, { events }: Supervisor): void {
  counter(registry, 'runv_events_appended_total', 'Events written to events.log', () => events.measures.appended);
  gauge(
    registry,
    'runv_events_delayed',
    'Events that wait in memory because the disk refuses them',
    () => events.measures.delayed,
  );
  gauge(registry, 'runv_events_bytes', 'What events.log and its older files have', () => events.measures.bytes);
  gauge(registry, 'runv_events_segments', 'Files that events.log is in', () => events.measures.files);
  gauge(registry, 'runv_events_subscribers', 'Readers of events.log', () => events.measures.readers);
  gauge(
    registry,
    'runv_events_lag_bytes',
    'How far the slowest reader of events.log is behind',
    () => events.measures.lagBytes,
  );
}

function addTroubles(registry: Registry, { measures }: Supervisor): void {
  const { recoveries, killedVms } = measures;
  counterBy(
    registry,
    'runv_recoveries_total',
    'Containers of an earlier daemon, by what became of them',
    'outcome',
    recoveries,
  );
  counterBy(
    registry,
    'runv_vms_killed_total',
    'VMs killed because a time limit was over, by limit',
    'limit',
    killedVms,
  );
  counter(registry, 'runv_protocol_breaches_total', 'Guests that broke the protocol', () => measures.protocolBreaches);
}

function gauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}

function gaugeBy(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  values: () => Record<string, number>,
): void {
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [key, value] of Object.entries(values())) this.set({ [label]: key }, value);
    },
  });
}

/** @param value only grows */
function counter(registry: Registry, name: string, help: string, value: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}

function counterBy(registry: Registry, name: string, help: string, label: string, tally: Tally<string>): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset();
      for (const [key, count] of tally.counts) this.inc({ [label]: key }, count);
    },
  });
}
