import { Logger } from '@nestjs/common';
import { ConfigError } from '@push/config';

/** What can be stopped: a Nest application, or anything that closes. */
export interface Closable {
  close(): Promise<void>;
}

/** Options of a run. */
export interface RunOptions {
  /** The process whose signals are handled; tests pass a fake. @default process */
  process?: NodeJS.Process;
  /** Most milliseconds that closing may take before the process ends anyway. @default 60000 */
  closeTimeoutMs?: number;
}

/**
 * Runs an app for the life of the process: starts it, closes it on SIGTERM or SIGINT and exits 0.
 * A start that fails exits 1 with one message that says what to do.
 */
export async function runApp(
  name: string,
  start: () => Promise<Closable>,
  { process: host = process, closeTimeoutMs = 60_000 }: RunOptions = {},
): Promise<void> {
  const logger = new Logger(name);
  const state = { stopping: false };
  const started = start();
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (state.stopping) return;
    state.stopping = true;
    logger.log({ signal }, 'Stopping: finishing the work in flight');
    setTimeout(() => {
      logger.error({ closeTimeoutMs }, 'Closing took too long; ending the process');
      host.exit(1);
    }, closeTimeoutMs).unref();
    try {
      await (await started).close();
      logger.log('Stopped');
      host.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'Closing failed');
      host.exit(1);
    }
  };
  host.on('SIGTERM', (signal) => void stop(signal));
  host.on('SIGINT', (signal) => void stop(signal));
  try {
    await started;
  } catch (error) {
    if (state.stopping) return;
    host.stderr.write(`${name} cannot start. ${startProblem(error)}\n`);
    host.exit(1);
  }
}

/** The app refuses to start; the message says why, and what to do. */
export class StartRefusedError extends Error {
  readonly code = 'START_REFUSED';
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'StartRefusedError';
  }
}

/** Why a start failed, as one message for a person. */
export function startProblem(error: unknown): string {
  if (error instanceof ConfigError || error instanceof StartRefusedError) return error.message;
  if (isListenError(error)) {
    return error.code === 'EADDRINUSE'
      ? `Port ${error.port} is in use by another process. Stop that process, or set PORT to a free port.`
      : `Port ${error.port} cannot be opened (${error.code}). Set PORT to another port.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isListenError(error: unknown): error is Error & { code: string; port: number } {
  return (
    error instanceof Error && 'syscall' in error && error.syscall === 'listen' && 'port' in error
  );
}
