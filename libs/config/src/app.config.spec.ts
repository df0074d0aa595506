import { ConfigError, loadConfig } from './environment';
import { TracingConfig } from './app.config';

const configured = (env: Record<string, string>) =>
  loadConfig([TracingConfig], env).get(TracingConfig) as TracingConfig;

describe('TracingConfig', () => {
  it('is off unless an endpoint is set', () => {
    expect(configured({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: '' }).endpoint).toBe(
      undefined,
    );
  });

  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/otlp/', 'http://collector:4318/otlp/v1/traces'],
  ])('sends traces below the endpoint %s', (given, endpoint) => {
    expect(configured({ OTEL_EXPORTER_OTLP_ENDPOINT: given }).endpoint).toBe(endpoint);
  });

  it('prefers the endpoint for traces, and uses it unchanged', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b/x',
    };
    expect(configured(env).endpoint).toBe('http://b/x');
  });

  it('reads headers as a list of percent-encoded values', () => {
    const { headers } = configured({ OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b=c%3D, tenant=7' });
    expect(headers).toEqual({ 'api-key': 'a b=c=', tenant: '7' });
  });

  it('samples every trace unless configured', () => {
    expect(configured({}).ratio).toBe(1);
    expect(configured({ OTEL_TRACES_SAMPLER_ARG: '0.25' }).ratio).toBe(0.25);
  });

  it.each([
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_TRACES_SAMPLER_ARG', 'all'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=hunter2%0d%0ab'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=hunter2%zz'],
  ])('refuses %s=%s by its name, without the value', (variable, value) => {
    const load = () => configured({ [variable]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(expect.objectContaining({ message: expect.stringContaining(variable) }));
    expect(load).not.toThrow(/hunter2/);
  });
});
