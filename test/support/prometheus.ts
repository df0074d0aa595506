import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports';
import { waitFor } from './wait-for';

/** Folder of the deployment files. */
export const DEPLOY = join(__dirname, '../../deploy');

const MISSING = 'is not installed, and this test needs it: apt-get install prometheus';

/** Runs promtool. Warnings count as problems. @throws where it is not installed */
export function promtool(args: readonly string[], input?: string): { code: number; text: string } {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, { input });
  if (error) throw new Error(`promtool ${MISSING}`, { cause: error });
  return { code: status ?? 1, text: `${stdout.toString()}${stderr.toString()}`.trim() };
}

/** One series of an answer, at one instant. */
export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** An alert rule as Prometheus has it. */
export interface LoadedRule {
  name: string;
  query: string;
  health: 'ok' | 'err' | 'unknown';
  lastError?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** A Prometheus of the test's own, with the deployed configuration except for its target and its intervals. */
export class TestPrometheus {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {
    child.stderr?.on('data', (text: Buffer) => (this.output += text.toString()));
  }

  /** @param target `host:port` of the service */
  static async start(target: string): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    cpSync(join(DEPLOY, 'prometheus/rules'), join(folder, 'rules'), { recursive: true });
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, configFor(target));
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let failure: Error | undefined;
    child.once('error', (cause) => (failure = new Error(`prometheus ${MISSING}`, { cause })));
    const server = new TestPrometheus(child, folder, `http://${address}`);
    await waitFor('Prometheus to be ready', () => {
      if (failure) throw failure;
      if (child.exitCode !== null) throw new Error(`Prometheus has exited: ${server.output}`);
      return fetch(`${server.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return server;
  }

  /** @throws with Prometheus's message where the expression is wrong */
  async query(expr: string): Promise<Sample[]> {
    const { result } = await this.get<{ result: Sample[] }>(
      `query?${new URLSearchParams({ query: expr }).toString()}`,
    );
    return result;
  }

  async targets(): Promise<{ health: string; lastError: string }[]> {
    type Targets = { activeTargets: { health: string; lastError: string }[] };
    return (await this.get<Targets>('targets')).activeTargets;
  }

  async rules(): Promise<LoadedRule[]> {
    const { groups } = await this.get<{ groups: { rules: LoadedRule[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = new Promise((resolve) => this.child.once('close', resolve));
      this.child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async get<T>(path: string): Promise<T> {
    const answer = await fetch(`${this.url}/api/v1/${path}`);
    const body = (await answer.json()) as { data?: T; error?: string };
    if (body.data === undefined) throw new Error(`${path}: ${body.error ?? answer.statusText}`);
    return body.data;
  }
}

function configFor(target: string): string {
  const deployed = readFileSync(join(DEPLOY, 'prometheus/prometheus.yml'), 'utf8');
  const config = deployed
    .replace(/dns_sd_configs:[\s\S]*/, `static_configs: [{ targets: ['${target}'] }]`)
    .replaceAll(/_interval: 15s/g, '_interval: 1s');
  if (!config.includes(target)) throw new Error('prometheus.yml has no target to be replaced');
  return config;
}
