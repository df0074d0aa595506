import type { LoggerService } from '@nestjs/common';

/** Who in Nest gives the account of a start, module by module and route by route. */
const BOOT_CONTEXTS = new Set<unknown>([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
  'NestMicroservice',
]);

/** The same logger, with Nest's account of its start at debug: people look for the one line that says "ready". */
export function quietStart<T extends LoggerService>(logger: T): T {
  const quiet = Object.create(logger) as T;
  quiet.log = (message: unknown, ...rest: unknown[]): void => {
    if (BOOT_CONTEXTS.has(rest.at(-1))) logger.debug?.(message, ...rest);
    else logger.log(message, ...rest);
  };
  return quiet;
}
