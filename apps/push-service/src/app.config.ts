import { environment, port, text } from '@push/config';

/** Where this app listens. */
export class HttpConfig extends environment({ PORT: port(8003), HOST: text('0.0.0.0') }) {
  readonly port = this.env.PORT;
  readonly host = this.env.HOST;
}
