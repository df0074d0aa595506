import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { find, ofKind, OVERLAYS, read, ROOT } from './support/kustomize';
import { onlyContainer, podNamed, portNumber } from './support/pods';
import { environmentOf, variablesOf } from './support/variables';

const PRODUCTION = ['production', 'production-hpa'] as const;
const example = read(readFileSync(join(ROOT, 'deploy/k8s/secret.example.yaml'), 'utf8'));
const exampleOf = (name: string): Record<string, string> =>
  example.find(({ metadata }) => metadata.name === name)?.stringData ?? {};

describe.each(PRODUCTION)('overlay %s', (overlay) => {
  const settings = environmentOf(overlay, 'push-service');
  const complete = {
    ...settings,
    ...exampleOf('push-service'),
    GOOGLE_APPLICATION_CREDENTIALS: __filename, // any file that is there
  };

  it('configures push-service with variables that it reads, so that it starts', () => {
    expect(variablesOf('push-service', complete)).toEqual(
      expect.arrayContaining(Object.keys(complete)),
    );
  });

  it('contains no secret', () => {
    expect(ofKind(overlay, 'Secret')).toEqual([]);
    expect(JSON.stringify(settings)).not.toMatch(/\/\/[^/]*@/);
  });

  it('has every secret that it names in the example', () => {
    const { envFrom = [] } = onlyContainer(podNamed(overlay, 'push-service'));
    const named = envFrom.flatMap(({ secretRef }) => secretRef?.name ?? []);
    const volumes = podNamed(overlay, 'push-service').spec.volumes as {
      secret: { secretName: string };
    }[];
    const all = [...named, ...volumes.map(({ secret }) => secret.secretName)];
    expect(all.length).toBeGreaterThan(1);
    expect(example.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(all));
  });

  it('finds the service account file where the secret is mounted', () => {
    const [mount] = onlyContainer(podNamed(overlay, 'push-service')).volumeMounts ?? [];
    const [file] = Object.keys(exampleOf('firebase'));
    expect(settings['GOOGLE_APPLICATION_CREDENTIALS']).toBe(
      `${mount?.mountPath ?? ''}/${file ?? ''}`,
    );
  });

  it('sends through Firebase', () => {
    expect(settings).not.toHaveProperty('FCM_EMULATOR_HOST');
  });
});

describe('overlay dev', () => {
  it.each(['push-service', 'api-gateway', 'user-service', 'fcm-emulator'])(
    'configures %s with variables that it reads, so that it starts',
    (app) => {
      const environment = environmentOf('dev', app);
      expect(variablesOf(app, environment)).toEqual(
        expect.arrayContaining(Object.keys(environment)),
      );
    },
  );

  it('refers to its own services, with their ports', () => {
    const { RABBITMQ_URL, REDIS_URL, USER_SERVICE_URL, STATUS_CALLBACK_URL, FCM_EMULATOR_HOST } =
      environmentOf('dev', 'push-service');
    const urls = [RABBITMQ_URL, REDIS_URL, USER_SERVICE_URL, STATUS_CALLBACK_URL];
    for (const url of [...urls, `http://${FCM_EMULATOR_HOST ?? ''}`]) {
      const { hostname, port } = new URL(url ?? '');
      const { spec } = find('dev', 'Service', hostname);
      expect(spec.ports).toEqual([expect.objectContaining({ port: Number(port) })]);
    }
  });

  it('gives the gateway and push-service the same secret', () => {
    const { STATUS_CALLBACK_SECRET } = environmentOf('dev', 'push-service');
    expect(STATUS_CALLBACK_SECRET).toBeTruthy();
    expect(environmentOf('dev', 'api-gateway')).toMatchObject({ STATUS_CALLBACK_SECRET });
  });
});

describe.each(OVERLAYS)('overlay %s', (overlay) => {
  it('configures push-service to listen on the port of its container', () => {
    const { PORT } = environmentOf(overlay, 'push-service');
    expect(portNumber(onlyContainer(podNamed(overlay, 'push-service')), 'http')).toBe(Number(PORT));
  });
});

it('names a variable that nobody reads', () => {
  const environment = { ...environmentOf('dev', 'push-service'), USER_SERVICE_ULR: 'http://x' };
  expect(variablesOf('push-service', environment)).not.toContain('USER_SERVICE_ULR');
});

it('fails to start with a wrong value', () => {
  const environment = { ...environmentOf('dev', 'push-service'), SHUTDOWN_DRAIN_MS: '25s' };
  expect(() => variablesOf('push-service', environment)).toThrow('SHUTDOWN_DRAIN_MS');
});
