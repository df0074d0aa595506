import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './support/kustomize';
import { lint, read, stepsOf, textOf, WORKFLOWS } from './support/workflows';

describe.each(WORKFLOWS)('workflow %s', (file) => {
  it('is valid', () => {
    expect(lint(textOf(file), file)).toEqual([]);
  });

  it('pins each action to a commit, with its version in a comment', () => {
    const used = textOf(file).match(/uses: .*/g) ?? [];
    expect(used.length).toBeGreaterThan(0);
    for (const line of used) expect(line).toMatch(/^uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('has read permission only', () => {
    expect(read(file).permissions).toEqual({ contents: 'read' });
  });

  it('does not keep the token in its checkout', () => {
    const checkouts = stepsOf(file).filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  it('does not use untrusted text in a script', () => {
    for (const { run = '' } of stepsOf(file))
      expect(run).not.toMatch(/\$\{\{ *github\.(event|head)/);
  });

  it('does not run twice at the same time for one ref', () => {
    expect(read(file).concurrency?.group).toBeTruthy();
  });

  it('has a timeout for each job', () => {
    for (const job of Object.values(read(file).jobs))
      expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});

describe('the tests', () => {
  const { jobs } = read('ci.yml');

  it('all run on every push', () => {
    expect(jobs['test']?.steps).toContainEqual({ run: 'npm run test:all' });
  });

  it('run end to end against the servers of docker-compose.yml and against older ones', () => {
    const { services } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as {
      services: Record<string, { image: string }>;
    };
    const { strategy, steps, services: containers } = jobs['servers'] ?? {};
    expect(steps).toContainEqual({ run: 'npm run test:e2e' });
    expect(containers).toMatchObject({
      rabbitmq: { image: '${{ matrix.rabbitmq }}' },
      redis: { image: '${{ matrix.redis }}' },
    });
    const generations = strategy?.matrix['include'] ?? [];
    expect(generations).toHaveLength(2);
    expect(generations).toContainEqual({
      rabbitmq: services['rabbitmq']?.image,
      redis: services['redis']?.image,
    });
  });
});

describe('the image', () => {
  const { jobs } = read('ci.yml');
  const step = (job: string, action: string): Record<string, unknown> =>
    jobs[job]?.steps.find(({ uses }) => uses?.startsWith(`${action}@`))?.with ?? {};

  it('fails for known vulnerabilities of high severity that have a fix', () => {
    expect(step('image', 'aquasecurity/trivy-action')).toMatchObject({
      severity: 'HIGH,CRITICAL',
      'ignore-unfixed': true,
      'exit-code': 1,
    });
  });

  it('has its contents listed in an artifact', () => {
    expect(step('image', 'anchore/sbom-action')).toHaveProperty('artifact-name');
  });

  it('is pushed only after the tests and the scan', () => {
    expect(step('image', 'docker/build-push-action')).not.toHaveProperty('push');
    expect(jobs['publish']?.needs).toEqual(expect.arrayContaining(['test', 'servers', 'image']));
  });

  it('is pushed by the only job that may write packages', () => {
    const writers = Object.keys(jobs).filter((job) =>
      Object.values(jobs[job]?.permissions ?? {}).includes('write'),
    );
    expect(writers).toEqual(['publish']);
  });
});

describe('the check of workflows', () => {
  const broken = (from: string, to: string): string[] => {
    const text = textOf('ci.yml');
    expect(text).toContain(from);
    return lint(text.replace(from, to), 'ci.yml');
  };

  it('refuses a name that is not there', () => {
    expect(broken('matrix.app', 'matrix.ap')).toEqual([expect.stringContaining('"ap"')]);
  });

  it('refuses a job that waits for one that does not exist', () => {
    expect(broken('needs: publish', 'needs: publsh')).toEqual([expect.stringContaining('publsh')]);
  });

  it('refuses a key that GitHub does not know', () => {
    expect(broken('timeout-minutes', 'timeout')).toEqual([
      expect.stringContaining('unexpected key "timeout"'),
    ]);
  });
});
