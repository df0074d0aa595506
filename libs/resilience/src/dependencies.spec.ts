import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { BreakerConfig } from '@push/config';
import { setTimeout as delay } from 'node:timers/promises';
import { Dependencies } from './dependencies';

const OPEN_MS = 20;

/** Work in flight at a shutdown, which needs the dependency to finish. */
@Injectable()
class WorkInFlight implements BeforeApplicationShutdown {
  finished = false;

  constructor(private readonly dependencies: Dependencies) {}

  async beforeApplicationShutdown(): Promise<void> {
    const deadline = Date.now() + 2000;
    while (!this.finished && Date.now() < deadline) {
      this.finished = this.dependencies.get('redis')?.available ?? false;
      await delay(5);
    }
  }
}

describe('Dependencies', () => {
  let app: TestingModule;
  let dependencies: Dependencies;
  let healthy: boolean;
  let probes: number;

  beforeEach(async () => {
    const config: Pick<BreakerConfig, 'failures' | 'openMs'> = { failures: 1, openMs: OPEN_MS };
    app = await Test.createTestingModule({
      providers: [Dependencies, WorkInFlight, { provide: BreakerConfig, useValue: config }],
    }).compile();
    app.useLogger(false);
    await app.init();
    dependencies = app.get(Dependencies);
    healthy = false;
    probes = 0;
    const dependency = dependencies.create({
      name: 'redis',
      probe: async () => {
        probes += 1;
        if (!healthy) throw new Error('still down');
      },
    });
    await dependency.execute(() => Promise.reject(new Error('down'))).catch(() => undefined);
    expect(dependency.available).toBe(false);
  });

  it('goes on probing while work in flight is finished at a shutdown', async () => {
    healthy = true;
    await app.close();
    expect(app.get(WorkInFlight).finished).toBe(true);
  });

  it('stops probing once the application is shut down', async () => {
    await new Promise<void>((resolve) => {
      dependencies.onChange(({ state }) => state === 'half_open' && resolve());
    });
    app.get(WorkInFlight).finished = true;
    await app.close();
    const before = probes;
    await delay(OPEN_MS * 5); // nothing may happen
    expect(probes).toBe(before);
  });

  it('refuses a second dependency of the same name', async () => {
    expect(() => dependencies.create({ name: 'redis', probe: async () => undefined })).toThrow(
      'There is a dependency named redis already',
    );
    await app.close();
  });
});
