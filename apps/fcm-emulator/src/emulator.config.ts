import { environment, integer, optionalText, port } from '@push/config';

/** How the emulator is set up. */
export class EmulatorConfig extends environment({
  PORT: port(8004),
  HOST: optionalText(),
  EMULATOR_MAX_MESSAGES: integer(200_000, { min: 1 }),
  EMULATOR_MAX_DEVICES: integer(100_000, { min: 1 }),
}) {
  /** @default 8004 */
  readonly port = this.env.PORT;
  /** Address to listen on. @default every one this machine has */
  readonly host = this.env.HOST;
  /** Most messages, and most requests, remembered. @default 200000 */
  readonly maxMessages = this.env.EMULATOR_MAX_MESSAGES;
  /** Most devices remembered. @default 100000 */
  readonly maxDevices = this.env.EMULATOR_MAX_DEVICES;
}
