import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Gauge } from 'prom-client';

/** That of package.json; `unknown` where there is none above this file. */
export const VERSION = versionAbove(__dirname);

/** Which build this is. */
@Injectable()
export class BuildInfo {
  constructor({ registry }: Metrics) {
    const info = new Gauge({
      name: 'push_build_info',
      help: '1, with the version of the service and of the Node.js it runs on',
      labelNames: ['version', 'node'],
      registers: [registry],
    });
    info.set({ version: VERSION, node: process.version }, 1);
  }
}

/** The build lies one folder deeper than the sources, and a test's elsewhere. */
function versionAbove(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version);
  }
  const parent = dirname(folder);
  return parent === folder ? 'unknown' : versionAbove(parent);
}
