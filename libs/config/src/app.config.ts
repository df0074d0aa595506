import { z } from 'zod';
import { environment } from './environment';
import { oneOf, optionalFlag, optionalText, urlOrNone } from './variables';

/** From the most lines to none. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevelName = (typeof LOG_LEVELS)[number];

/** At which level the app logs. */
export class LogConfig extends environment({
  LOG_LEVEL: oneOf(LOG_LEVELS, 'info'),
}) {
  /** @default 'info' */
  readonly level = this.env.LOG_LEVEL;
}

/** Whether an app serves its OpenAPI description: not in production, unless configured. */
export class ApiDocsConfig extends environment({
  API_DOCS: optionalFlag('true, and false where NODE_ENV is production'),
  NODE_ENV: optionalText(),
}) {
  /** @default true, and false where NODE_ENV is production */
  readonly shown = this.env.API_DOCS ?? this.env.NODE_ENV !== 'production';
}

const RATIO = 'should be a share from 0 to 1, such as 0.1 (default 1)';
const HEADERS = 'should be a list such as api-key=abc,tenant=7, its values percent-encoded';

const ratio = optionalText()
  .transform((value = '1') => Number(value))
  .refine((value) => value >= 0 && value <= 1, { error: RATIO });

const headerList = optionalText().transform((value = '', context): Record<string, string> => {
  try {
    return Object.fromEntries(value.split(',').filter(Boolean).map(headerOf));
  } catch {
    context.addIssue(HEADERS);
    return z.NEVER;
  }
});

/**
 * Whether and where traces are sent, by the names that OpenTelemetry gives
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Off while no endpoint is set.
 */
export class TracingConfig extends environment({
  OTEL_EXPORTER_OTLP_ENDPOINT: urlOrNone(''),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: urlOrNone(''),
  OTEL_EXPORTER_OTLP_HEADERS: headerList,
  OTEL_SERVICE_NAME: optionalText(),
  OTEL_TRACES_SAMPLER_ARG: ratio,
}) {
  /** URL that spans are POSTed to, as OTLP over HTTP; undefined while tracing is off. The one for traces is used unchanged. */
  readonly endpoint = this.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? this.belowCommonEndpoint();
  /** Sent to the collector, such as its key. */
  readonly headers = this.env.OTEL_EXPORTER_OTLP_HEADERS;
  /** Name of the service in traces. @default the name of the app */
  readonly serviceName = this.env.OTEL_SERVICE_NAME;
  /** Share of the traces begun here that are sampled; a trace begun elsewhere keeps its decision. @default 1 */
  readonly ratio = this.env.OTEL_TRACES_SAMPLER_ARG;

  private belowCommonEndpoint(): string | undefined {
    return this.env.OTEL_EXPORTER_OTLP_ENDPOINT?.replace(/\/*$/, '/v1/traces');
  }
}

function headerOf(pair: string): [string, string] {
  const [, name, value] = /^\s*([!#$%&'*+\-.^_`|~\w]+)\s*=\s*([\x21-\x7e]+)\s*$/.exec(pair) ?? [];
  if (name === undefined || value === undefined) throw new Error(HEADERS);
  const decoded = decodeURIComponent(value);
  if (!/^[\x20-\x7e]*$/.test(decoded)) throw new Error(HEADERS);
  return [name, decoded];
}
