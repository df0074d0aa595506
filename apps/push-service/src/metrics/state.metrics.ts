import { Injectable } from '@nestjs/common';
import { FcmTransport } from '@push/fcm';
import { Metrics } from '@push/observability';
import { PushQueueServer } from '@push/queue';
import { Dependencies, type DependencyState } from '@push/resilience';
import { Counter, Gauge } from 'prom-client';
import { VERSION } from '../version';

const STATES: readonly DependencyState[] = ['closed', 'half_open', 'open'];

/** The current state of the service: its consumer, its connections to FCM, its circuit breakers, its build and process. */
@Injectable()
export class StateMetrics {
  constructor(
    private readonly metrics: Metrics,
    server: PushQueueServer,
    transport: FcmTransport,
    dependencies: Dependencies,
  ) {
    this.gauge('push_intake_in_flight', 'Messages in flight', () => server.inFlight);
    this.gauge(
      'push_intake_waiting',
      'Messages delivered to us, not started',
      () => server.waiting,
    );
    this.gauge(
      'push_intake_window',
      'Messages that may be in flight now: MAX_CONCURRENT_MESSAGES, less during slow start',
      () => server.currentLimit,
    );
    this.gauge('push_intake_paused', '1 while intake is paused', () => Number(server.paused));
    this.gauge('push_fcm_sessions', 'Open connections to FCM', () => transport.sessions);
    this.gauge(
      'push_fcm_streams',
      'Requests to FCM in flight; an HTTP/2 session carries 100',
      () => transport.streams,
    );
    this.breakerMetrics(dependencies);
    new Gauge({
      name: 'push_build_info',
      help: '1, with the version of the service and of the Node.js it runs on',
      labelNames: ['version', 'node'],
      registers: [metrics.registry],
    }).set({ version: VERSION, node: process.version }, 1);
    metrics.collectProcessMetrics();
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.metrics.registry],
      collect() {
        this.set(read());
      },
    });
  }

  private breakerMetrics(dependencies: Dependencies): void {
    const registers = [this.metrics.registry];
    new Gauge({
      name: 'push_circuit_breaker_state',
      help: '1 for the state that the breaker is in, 0 for the others; only closed lets calls through',
      labelNames: ['dependency', 'state'],
      registers,
      collect() {
        for (const { name, state: current } of dependencies.all()) {
          for (const state of STATES) {
            this.set({ dependency: name, state }, Number(state === current));
          }
        }
      },
    });
    new Gauge({
      name: 'push_circuit_breaker_failures',
      help: 'Failures since the last success',
      labelNames: ['dependency'],
      registers,
      collect() {
        for (const { name, failures } of dependencies.all()) {
          this.set({ dependency: name }, failures);
        }
      },
    });
    new Counter({
      name: 'push_circuit_breaker_openings_total',
      help: 'Times the breaker has opened; a failed probe of an open one does not count',
      labelNames: ['dependency'],
      registers,
      collect() {
        this.reset();
        for (const { name, openings } of dependencies.all()) {
          if (openings > 0) this.inc({ dependency: name }, openings);
        }
      },
    });
  }
}
