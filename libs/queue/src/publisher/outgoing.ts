import type { Options } from 'amqplib';

/** A message on its way; the id and both names tell it from any other. */
export interface Outgoing {
  exchange: string;
  routingKey: string;
  content: Buffer;
  options: Options.Publish & { messageId: string };
}
