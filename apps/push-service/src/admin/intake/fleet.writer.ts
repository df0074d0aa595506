import { Injectable } from '@nestjs/common';
import { QueueInspector } from '@push/queue';
import { RedisUnavailableError } from '@push/redis';
import { Instance, type InstanceReport } from '../../control/instance';
import { Instances } from '../../control/instances';
import { Wishes } from '../../control/wishes';
import type { IntakeView } from './intake.schema';

/** Writes down what is the same whichever instance is asked. */
@Injectable()
export class FleetWriter {
  constructor(
    private readonly inspector: QueueInspector,
    private readonly wishes: Wishes,
    private readonly instance: Instance,
    private readonly all: Instances,
  ) {}

  get wishedConcurrency(): IntakeView['concurrency']['wished'] {
    const word = this.wishes.get('concurrency')?.word;
    return word ? { value: word.value, by: word.by, since: new Date(word.at).toISOString() } : null;
  }

  async queues(): Promise<IntakeView['queues']> {
    const depths = await this.inspector.depths();
    if (depths === undefined) return null;
    const { push, failed, status } = depths;
    const delays = [...depths.delays].map(([ms, depth]) => [`${ms / 1000}s`, depth] as const);
    return { push, failed, status, delays: Object.fromEntries(delays) };
  }

  /** This one as it is now, the others as they were at their last word. */
  async instances(): Promise<IntakeView['instances']> {
    const own = this.instance.report();
    const reports = await this.reports();
    if (reports === null) return null;
    const others = reports.filter(({ id }) => id !== own.id);
    return [own, ...others].map(({ revision, ...report }) => ({
      ...report,
      in_step: revision === own.revision,
    }));
  }

  private async reports(): Promise<InstanceReport[] | null> {
    try {
      return await this.all.all();
    } catch (error) {
      if (error instanceof RedisUnavailableError) return null;
      throw error;
    }
  }
}
