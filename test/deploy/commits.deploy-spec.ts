import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/kustomize';

/** A repository with our scripts and its own history. */
let repository: string;

beforeEach(() => {
  repository = mkdtempSync(join(tmpdir(), 'push-commits-'));
  cpSync(join(ROOT, 'scripts'), join(repository, 'scripts'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(repository, 'node_modules'));
  for (const file of ['.nvmrc', 'package-lock.json']) {
    copyFileSync(join(ROOT, file), join(repository, file));
  }
  git('init', '--quiet');
});

afterEach(() => rmSync(repository, { recursive: true }));

function git(...args: string[]): void {
  const person = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.com'];
  execFileSync('git', [...person, ...args], { cwd: repository });
}

function commit(message: string): void {
  git('commit', '--quiet', '--allow-empty', '--no-gpg-sign', '--message', message);
}

function run(script: string, ...args: string[]): { status: number | null; output: string } {
  const file = join(repository, 'scripts', script);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe('npm run commits', () => {
  it('accepts conventional commits', () => {
    commit('feat(intake): a slower start');
    commit('build(deps): bump the production group');
    commit('fix!: no port of its own\n\nBREAKING CHANGE: set PORT.');
    expect(run('commits.mjs', 'HEAD')).toEqual({
      status: 0,
      output: '3 commits, 0 to be reworded\n',
    });
  });

  it.each([
    ['Fixed the bug', 'should begin like'],
    ['feature(intake): a slower start', 'has the type "feature"'],
    ['feat(intake):no blank', 'should begin like'],
    [`fix: ${'long '.repeat(30)}`, 'at most 120 characters'],
  ])('refuses "%s" and says what it should be', (message, words) => {
    commit(message);
    const { status, output } = run('commits.mjs', 'HEAD');
    expect(output).toContain(words);
    expect(status).toBe(1);
  });

  it('reports a range that does not exist', () => {
    commit('feat: one');
    const { status, output } = run('commits.mjs', 'nowhere..HEAD');
    expect(output).toContain('nowhere');
    expect(status).toBe(1);
  });
});

describe('npm run changelog', () => {
  it('drafts the section of a release from the commits since the last one', () => {
    commit('feat: of the release before');
    git('tag', 'v0.1.0');
    commit('feat(admin): named keys');
    commit('test(admin): a wrong key');
    commit('fix(queue): nothing is lost in between');
    commit('perf: one write for all devices');
    commit('refactor(http)!: paths end without a slash');
    expect(run('changelog.mjs', '0.2.0')).toEqual({
      status: 0,
      output: `## [0.2.0] - ${new Date().toISOString().slice(0, 10)}

### Changed

- **Breaking** http: paths end without a slash.
- one write for all devices.

### Added

- admin: named keys.

### Fixed

- queue: nothing is lost in between.
`,
    });
  });

  it('uses every commit before the first release', () => {
    commit('feat: one');
    expect(run('changelog.mjs').output).toBe('## [Unreleased]\n\n### Added\n\n- one.\n');
  });

  it('refuses an invalid version', () => {
    commit('feat: one');
    const { status, output } = run('changelog.mjs', 'next');
    expect(output).toContain('"next" is not a version');
    expect(status).toBe(1);
  });
});
