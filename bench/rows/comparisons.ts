import type { Entry } from '../harness/launches';
import type { Row } from './row';
import { comparison, type Comparison } from './throughput';

/** Four of Google's connections full. */
const MANY = 400;

const bare: Entry = { kind: 'bare', inFlight: 100 };
const service: Entry = { kind: 'service' };
const typical: Entry = { kind: 'typical' };

/** The comparisons under full load that the budget is set for. Where an entry says nothing, it has its own defaults. */
const all: readonly Comparison[] = [
  {
    name: '0ms',
    title: 'no FCM latency, 100 in flight (typical: its 10)',
    entries: [bare, service, typical],
    latencyMs: 0,
    ratios: [
      ['service', 'bare'],
      ['service', 'typical'],
    ],
  },
  {
    name: '80ms',
    title: '80 ms FCM latency, 400 in flight each',
    entries: [
      { ...bare, inFlight: MANY },
      { ...service, inFlight: MANY },
    ],
    latencyMs: 80,
    ratios: [['service', 'bare']],
  },
  {
    name: '80ms-defaults',
    title: '80 ms FCM latency, default settings (service 100 in flight, typical 10)',
    entries: [service, typical],
    latencyMs: 80,
    ratios: [['service', 'typical']],
  },
];

export const comparisons: readonly Row[] = all.map(comparison);
