import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { BreakerConfig } from '@push/config';
import { Dependency, type DependencyListener, type DependencyOptions } from './dependency';

/** The breaker's limits come from configuration unless a dependency sets its own. */
export type DependencyDefinition = Omit<DependencyOptions, 'failures' | 'openMs'> &
  Partial<Pick<DependencyOptions, 'failures' | 'openMs'>>;

/** All dependencies of this process: the one place where breakers are made and found. */
@Injectable()
export class Dependencies implements OnApplicationShutdown {
  private readonly byName = new Map<string, Dependency>();
  private readonly listeners = new Set<DependencyListener>();

  constructor(private readonly config: BreakerConfig) {}

  /** Makes a dependency. Its name has to be new. */
  create(definition: DependencyDefinition): Dependency {
    if (this.byName.has(definition.name)) {
      throw new Error(
        `There is a dependency named ${definition.name} already; each has one breaker`,
      );
    }
    const { failures, openMs } = this.config;
    const dependency = new Dependency({ failures, openMs, ...definition });
    this.byName.set(dependency.name, dependency);
    dependency.onChange((changed) => {
      for (const listener of this.listeners) listener(changed);
    });
    return dependency;
  }

  get(name: string): Dependency | undefined {
    return this.byName.get(name);
  }

  all(): readonly Dependency[] {
    return [...this.byName.values()];
  }

  /** Calls back on every change of any dependency, those made later included. */
  onChange(listener: DependencyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Not before: work in flight at a shutdown may be waiting for a breaker to close. */
  onApplicationShutdown(): void {
    for (const dependency of this.byName.values()) dependency.stop();
  }
}
