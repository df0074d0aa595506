import { Injectable } from '@nestjs/common';
import { Metrics } from '@push/observability';
import { Gauge } from 'prom-client';
import { VERSION } from '../version';

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
