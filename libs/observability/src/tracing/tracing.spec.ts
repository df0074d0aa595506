import { SpanKind } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { activeTrace, inDescribedSpan, inSpan, isTraceparent, traceHeaders } from './spans';
import { Tracing } from './tracing';

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function tracingInMemory(ratio = 1) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const spans = { tracer: provider.getTracer('test'), close: () => provider.shutdown() };
  return { tracing: new Tracing(spans), seen: () => exporter.getFinishedSpans() };
}

const entry = (headers?: Record<string, unknown>) => () => ({
  name: 'entry',
  kind: SpanKind.CONSUMER,
  headers,
});

describe('Tracing', () => {
  it('continues the trace of the headers, and sends on the running span with its tracestate', async () => {
    const { tracing, seen } = tracingInMemory();
    const sent = await tracing.enter(entry({ traceparent: CALLER, tracestate: 'their=1' }), () =>
      inSpan('step', () => Promise.resolve(traceHeaders())),
    );
    const [step, first] = seen();
    expect(first?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(step?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
    expect(sent).toEqual({
      traceparent: `00-0af7651916cd43dd8448eb211c80319c-${step?.spanContext().spanId}-01`,
      tracestate: 'their=1',
    });
  });

  it.each([
    ['none', undefined],
    ['nonsense', 'nonsense'],
    ['a number', 7],
    ['all zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
    ['bytes', Buffer.from(CALLER)],
  ])('begins a new trace where traceparent is %s', async (_what, traceparent) => {
    const { tracing, seen } = tracingInMemory();
    await tracing.enter(entry({ traceparent }), () => Promise.resolve());
    expect(seen()[0]?.parentSpanContext).toBeUndefined();
  });

  it('keeps the traces of two apps of one process apart', async () => {
    const [one, two] = [tracingInMemory(), tracingInMemory()];
    await one.tracing.enter(entry(), async () => {
      const own = activeTrace()?.trace_id;
      await two.tracing.enter(entry(), () => inSpan('of two', () => Promise.resolve()));
      expect(activeTrace()?.trace_id).toBe(own);
    });
    expect(one.seen().map(({ name }) => name)).toEqual(['entry']);
    expect(two.seen().map(({ name }) => name)).toEqual(['of two', 'entry']);
  });

  it('marks a failed span with the kind of its error, without its text', async () => {
    const { tracing, seen } = tracingInMemory();
    const failing = tracing.enter(entry(), () => Promise.reject(new RangeError('hunter2')));
    await expect(failing).rejects.toThrow('hunter2');
    const [span] = seen();
    expect(span).toMatchObject({ attributes: { 'error.type': 'RangeError' }, status: { code: 2 } });
    expect(JSON.stringify([span?.status, span?.events, span?.attributes])).not.toContain('hunter2');
  });

  it('exports nothing of a trace that is not sampled, and tells the next service so', async () => {
    const { tracing, seen } = tracingInMemory(0);
    const sent = await tracing.enter(entry(), () =>
      inSpan('step', () => Promise.resolve(traceHeaders())),
    );
    expect(sent?.['traceparent']).toMatch(/-00$/);
    expect(seen()).toEqual([]);
    await tracing.enter(entry({ traceparent: CALLER }), () => Promise.resolve());
    expect(seen()).toHaveLength(1);
  });

  it('records nothing while it is off', async () => {
    const outline = jest.fn();
    await new Tracing().enter(outline, () =>
      inDescribedSpan(outline, (span) => {
        expect([span, activeTrace(), traceHeaders()]).toEqual([undefined, undefined, undefined]);
        return Promise.resolve();
      }),
    );
    expect(outline).not.toHaveBeenCalled();
  });
});

describe('isTraceparent', () => {
  it.each([CALLER, CALLER.replace(/^00/, 'cc')])('accepts %s', (value) =>
    expect(isTraceparent(value)).toBe(true),
  );
  it.each(['', 'a', CALLER.toUpperCase(), `${CALLER}-more`, CALLER.replace(/^00/, 'ff'), 7, null])(
    'refuses %j',
    (value) => expect(isTraceparent(value)).toBe(false),
  );
});
