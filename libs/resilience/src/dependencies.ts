import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { BreakerConfig } from '@push/config';
import { Dependency, type DependencyListener, type DependencyOptions } from './dependency';

/** Failures and openMs come from configuration unless given here. */
export type DependencyDefinition = Omit<DependencyOptions, 'failures' | 'openMs'> &
  Partial<Pick<DependencyOptions, 'failures' | 'openMs'>>;

/** All dependencies of this process. */
@Injectable()
export class Dependencies implements OnApplicationShutdown {
  private readonly byName = new Map<string, Dependency>();
  private readonly listeners = new Set<DependencyListener>();

  constructor(private readonly config: BreakerConfig) {}

  /** Creates a dependency with its breaker. @throws where the name is taken */
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

  /** Calls back on every change of any dependency, including those created later. */
  onChange(listener: DependencyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Not in an earlier hook: messages in flight at a shutdown may wait for a breaker to close. */
  onApplicationShutdown(): void {
    for (const dependency of this.byName.values()) dependency.stop();
  }
}
