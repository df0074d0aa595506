import { environment, flag, list, port, text } from '@push/config';

/** Where the service listens and who may ask it. */
export class ServerConfig extends environment({
  PORT: port(8001),
  HOST: text('0.0.0.0'),
  USER_SERVICE_API_KEYS: list(),
}) {
  /** @default 8001 */
  readonly port = this.env.PORT;
  /** Address to listen on. @default '0.0.0.0' */
  readonly host = this.env.HOST;
  /** Keys that callers present; none leaves the service open. @default [] */
  readonly apiKeys = this.env.USER_SERVICE_API_KEYS;
}

/** Where users are kept. */
export class DatabaseConfig extends environment({
  DATABASE_FILE: text('.services/user-service.sqlite'),
  SEED_DEMO_DATA: flag(true),
}) {
  /** Path of the SQLite file, or `:memory:`. @default '.services/user-service.sqlite' */
  readonly file = this.env.DATABASE_FILE;
  /** Whether an empty database is given the demo users. @default true */
  readonly seedDemoData = this.env.SEED_DEMO_DATA;
}
