import type { DynamicModule } from '@nestjs/common';
import { LogConfig, type ConfigClass, type EnvironmentSource } from '@push/config';
import type { ZodType } from 'zod';
import { AppModule as Gateway } from '../../../apps/api-gateway/src/app.module';
import { EmulatorConfig } from '../../../apps/fcm-emulator/src/emulator.config';
import { AppModule as PushService } from '../../../apps/push-service/src/app.module';
import { AppModule as UserService } from '../../../apps/user-service/src/app.module';
import { find, ofKind, type Overlay } from './kustomize';
import { onlyContainer, podNamed } from './pods';

/** The apps' own modules, which validate an environment as a start does. */
const MODULES: Record<string, (source: EnvironmentSource) => DynamicModule> = {
  'push-service': (source) => PushService.register(source),
  'api-gateway': (source) => Gateway.register(source),
  'user-service': (source) => UserService.register(source),
};

/**
 * The variables that an app reads, by its configuration classes.
 *
 * @param source an environment that it starts with
 * @throws {ConfigError} when it would not start
 */
export function variablesOf(app: string, source: EnvironmentSource): string[] {
  return classesOf(app, source).flatMap(({ shape }) => Object.keys(shape));
}

/**
 * The same variables with their defaults.
 *
 * @throws {ConfigError} when the app would not start
 */
export function defaultsOf(app: string, source: EnvironmentSource): Map<string, unknown> {
  const shapes = classesOf(app, source).flatMap(({ shape }) => Object.entries(shape));
  return new Map(
    shapes.map(([name, schema]) => [name, (schema as ZodType).safeParse(undefined).data]),
  );
}

function classesOf(app: string, source: EnvironmentSource): ConfigClass[] {
  const register = MODULES[app];
  return register ? configClasses(register(source)) : [EmulatorConfig, LogConfig];
}

/** The environment of an app's container, including the secrets that the overlay generates. */
export function environmentOf(overlay: Overlay, app: string): Record<string, string> {
  const { envFrom = [], env = [] } = onlyContainer(podNamed(overlay, app));
  const sources = envFrom.map(({ configMapRef, secretRef }) => {
    if (configMapRef) return find(overlay, 'ConfigMap', configMapRef.name).data ?? {};
    const secret = ofKind(overlay, 'Secret').find(
      ({ metadata }) => metadata.name === secretRef?.name,
    );
    return Object.fromEntries(
      Object.entries(secret?.data ?? {}).map(([name, value]) => [
        name,
        Buffer.from(value, 'base64').toString(),
      ]),
    );
  });
  const own = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
  return Object.assign({}, ...sources, own) as Record<string, string>;
}

/** The configuration classes are the providers of its configuration module. */
function configClasses({ imports = [] }: DynamicModule): ConfigClass[] {
  return imports.flatMap((imported) => {
    const { providers = [] } = imported as DynamicModule;
    return providers.flatMap((provider) => {
      const provided = (provider as { provide?: Partial<ConfigClass> }).provide;
      return provided?.shape ? [provided as ConfigClass] : [];
    });
  });
}
