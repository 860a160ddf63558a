/** A base factory whose VMs are clones of a template: a saved VM whose guest had just come up. */
import { type BootConfig, HypervisorError } from '@runv/hypervisor';
import { Background, type BackgroundOptions } from '../background.ts';
import { cache } from '../cache.ts';
import { bootConfigOf, type DirectOptions, direct } from '../direct.ts';
import { FactoryError } from '../errors.ts';
import type { BaseFactory, FactoryVm, GetOptions, Pool, VmSize } from '../factory.ts';
import { Starts } from '../starts.ts';
import { createTemplate } from './createTemplate.ts';
import { openTemplate, stampOf, type Template } from './openTemplate.ts';
import { pruneTemplates } from './pruneTemplates.ts';

export interface TemplateOptions extends DirectOptions {
  /** Absolute path of the template's directory. */
  readonly dir: string;
  /** The size of the warm pool (1). */
  readonly poolSize?: number | undefined;
}

/** A fresh clone takes three times as long to start a container. */
const POOL_SIZE = 1;

/**
 * Over a template that somebody made before.
 *
 * @throws FactoryError `NO_TEMPLATE` | `MISMATCH`
 */
export async function template(options: TemplateOptions & BackgroundOptions): Promise<BaseFactory> {
  const base = new TemplateFactory(options, await openTemplate(options.dir, options));
  const { poolSize = POOL_SIZE, guest } = options;
  return cache({ ...options, base, size: poolSize, prepare: guest.prepare?.bind(guest) });
}

/** Over a template that is found, or made in the background; until there is one, its VMs are booted. */
export function templateWhenMade(options: TemplateOptions & BackgroundOptions): TemplateMaker {
  return new TemplateMaker(options);
}

class TemplateFactory implements BaseFactory {
  readonly config: BootConfig;
  readonly #starts: Starts;
  readonly #options: TemplateOptions;
  #template: Template;

  constructor(options: TemplateOptions, opened: Template) {
    this.config = bootConfigOf(options);
    this.#starts = new Starts(options);
    this.#options = options;
    this.#template = opened;
  }

  /** @throws FactoryError `NO_TEMPLATE` when the template has been removed since, `MISMATCH` when another one is there */
  async getBaseVm(options: GetOptions = {}): Promise<FactoryVm> {
    const { dir } = this.#options;
    if ((await stampOf(dir)) !== this.#template.stamp) this.#template = await openTemplate(dir, this.#options);
    const image = { from: dir, note: this.#template.note };
    try {
      return await this.#starts.start(this.config, image, options);
    } catch (cause) {
      if (!(cause instanceof HypervisorError) || cause.code !== 'NOT_FOUND') throw cause;
      throw new FactoryError('NO_TEMPLATE', `the template in ${dir} was removed: ${cause.message}`, { cause });
    }
  }

  bootVm({ cpus, memoryMiB, ...options }: VmSize & GetOptions): Promise<FactoryVm> {
    return this.#starts.start({ ...this.config, cpus, memoryMiB }, {}, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#starts[Symbol.asyncDispose]();
  }
}

export class TemplateMaker implements BaseFactory {
  readonly #options: TemplateOptions & BackgroundOptions;
  readonly #booted: BaseFactory;
  readonly #making: Background;
  #clones: BaseFactory | undefined;

  constructor(options: TemplateOptions & BackgroundOptions) {
    this.#options = options;
    this.#booted = direct(options);
    this.#making = new Background((signal) => this.#make(signal), options);
    this.#making.want();
  }

  get config(): BootConfig {
    return this.#booted.config;
  }

  get pool(): Pool {
    return this.#clones?.pool ?? { ready: 0, size: this.#options.poolSize ?? POOL_SIZE };
  }

  /** Whether there is a template. */
  get made(): boolean {
    return this.#clones !== undefined;
  }

  async getBaseVm(options: GetOptions = {}): Promise<FactoryVm> {
    return await this.#making.during(async () => {
      const clones = this.#clones;
      if (!clones) return await this.#booted.getBaseVm(options);
      try {
        return await clones.getBaseVm(options);
      } catch (error) {
        if (!(await this.#wasRemoved(clones, error))) throw error;
        return await this.#booted.getBaseVm(options);
      }
    });
  }

  /** Whether that is why there was no clone: somebody has removed the template. Clones under way then end with the factory's. */
  async #wasRemoved(clones: BaseFactory, error: unknown): Promise<boolean> {
    if (!(error instanceof FactoryError)) return false;
    if (this.#clones !== clones) return error.code === 'CLOSED' || error.code === 'NO_TEMPLATE';
    if (error.code !== 'NO_TEMPLATE') return false;
    this.#clones = undefined;
    this.#making.want();
    await clones[Symbol.asyncDispose]();
    return true;
  }

  after<T>(work: () => Promise<T>): Promise<T> {
    const clones = this.#clones;
    return this.#making.after(() => clones?.after?.(work) ?? work());
  }

  bootVm(options: VmSize & GetOptions): Promise<FactoryVm> {
    return this.#making.during(() => this.#booted.bootVm(options));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#making[Symbol.asyncDispose]();
    await this.#clones?.[Symbol.asyncDispose]();
    await this.#booted[Symbol.asyncDispose]();
  }

  async #make(signal: AbortSignal): Promise<boolean> {
    try {
      if (!(await this.#fits())) await createTemplate({ ...this.#options, replace: true, signal });
    } catch (error) {
      if (!(error instanceof FactoryError) || error.code !== 'UNSUPPORTED') throw error;
      // Trying again would boot a VM each time, for nothing.
      this.#options.onError(error);
      return false;
    }
    await pruneTemplates(this.#options.dir);
    this.#clones = await template(this.#options);
    return false;
  }

  async #fits(): Promise<boolean> {
    try {
      await openTemplate(this.#options.dir, this.#options);
      return true;
    } catch (error) {
      if (error instanceof FactoryError) return false;
      throw error;
    }
  }
}
