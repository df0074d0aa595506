import { join } from 'node:path';
import { ClusterServers } from './servers/cluster-servers';
import type { Scenario } from './scenario';
import type { Builds } from './world/push-launch';
import { World } from './world/world';

/** The worlds of a run, one at a time: a new one where another kind is wanted, or the last one was left broken. */
export class Worlds {
  private world?: World;
  private servers?: Scenario['servers'];
  private made = 0;

  constructor(
    private readonly dir: string,
    private readonly builds: Builds,
  ) {}

  async for({ servers = 'single' }: Scenario): Promise<World> {
    if (this.world && this.servers === servers) return this.world;
    await this.leave();
    this.made += 1;
    const dir = join(this.dir, `world-${this.made}`);
    const clusters = servers === 'clusters' ? await ClusterServers.create(dir) : undefined;
    this.world = await World.create(dir, this.builds, clusters);
    this.servers = servers;
    return this.world;
  }

  /** Ends the present one. */
  async leave(): Promise<void> {
    await this.world?.stop();
    this.world = undefined;
  }
}
