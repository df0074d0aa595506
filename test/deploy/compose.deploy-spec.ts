import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './support/kustomize';

/** `docker-compose` or the plugin of Docker, whichever is installed. Neither needs an engine here. */
function composeConfig(file: string): { status: number | null; output: string } {
  const args = ['--file', file, 'config', '--quiet'];
  const own = spawnSync('docker-compose', ['version']).status === 0;
  const [command, ...first] = own ? ['docker-compose'] : ['docker', 'compose'];
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

it('docker-compose.yml is valid', () => {
  expect(composeConfig(join(ROOT, 'docker-compose.yml'))).toEqual({
    status: 0,
    output: expect.any(String),
  });
});

it('a compose file with a key that does not exist is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  const file = join(folder, 'docker-compose.yml');
  writeFileSync(file, 'version: "3.9"\nservices:\n  a:\n    image: b\n    restrat: always\n');
  const { status, output } = composeConfig(file);
  rmSync(folder, { recursive: true });
  expect(output).toContain('restrat');
  expect(status).not.toBe(0);
});
