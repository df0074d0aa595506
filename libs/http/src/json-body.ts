import { BadRequestException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON bodies by Fastify's own parser, which refuses keys that reach for a prototype, and says what is wrong: that
 * parser calls bytes that are no UTF-8 a wrong length, and such keys a fault of syntax. A byte order mark is left out.
 */
export function readJsonBodies(fastify: Fastify): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser('application/json');
  fastify.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (request, body, done) => {
      const text = decode(body);
      if (text === undefined) {
        done(new BadRequestException('The body is not UTF-8, which JSON has to be'));
        return;
      }
      const end = (error: Error | null, value?: unknown): void =>
        done(error === null ? null : explain(error, text), value);
      void parse(request, text, end);
    },
  );
}

function decode(body: Buffer): string | undefined {
  try {
    return UTF8.decode(body);
  } catch {
    return undefined;
  }
}

function explain(error: Error, text: string): Error {
  if (text === '') return error;
  try {
    JSON.parse(text);
  } catch {
    return new BadRequestException('The body is not valid JSON');
  }
  return new BadRequestException(
    'The body has a key that is not taken: __proto__, or constructor with prototype in it',
  );
}
