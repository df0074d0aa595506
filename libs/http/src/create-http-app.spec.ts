import { connect } from 'node:net';
import {
  Body,
  Controller,
  Get,
  Module,
  NotFoundException,
  Param,
  Post,
  ServiceUnavailableException,
  UseGuards,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiDocsConfig, ConfigModule, LogConfig } from '@push/config';
import { LoggingModule } from '@push/observability';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { ApiKeyGuard } from './api-key.guard';
import { serveApiDocs } from './api-docs';
import { ApiJsonBody } from './api-description';
import { createHttpApp } from './create-http-app';

class Guard extends ApiKeyGuard {
  constructor() {
    super({ keys: ['first-key', 'second-key'], whileNoKeyIsSet: 'closed', variable: 'KEYS' });
  }
}

class ClosedGuard extends ApiKeyGuard {
  constructor() {
    super({ keys: [], whileNoKeyIsSet: 'closed', variable: 'KEYS' });
  }
}

class OpenGuard extends ApiKeyGuard {
  constructor() {
    super({ keys: [], whileNoKeyIsSet: 'open', variable: 'KEYS' });
  }
}

const thingSchema = z.object({
  name: z.string(),
  size: z.number().int(),
  note: z.string().nullish(),
});
class ThingDto extends createZodDto(thingSchema) {}

@Controller('things')
class ThingsController {
  @Get('guarded')
  @UseGuards(Guard)
  guarded(): object {
    return { success: true };
  }

  @Get('closed')
  @UseGuards(ClosedGuard)
  closed(): object {
    return {};
  }

  @Get('open')
  @UseGuards(OpenGuard)
  open(): object {
    return {};
  }

  @Get('broken')
  broken(): never {
    throw new Error('the password is hunter2');
  }

  @Get('passing')
  passing(): never {
    throw Object.assign(new Error('redis://secret@host'), { code: 'REDIS_DOWN', retryable: true });
  }

  @Get('busy')
  busy(): never {
    throw new ServiceUnavailableException({
      error: 'too_busy',
      message: 'Come back later',
      retryAfterSeconds: 7,
    });
  }

  @Get(':id')
  find(@Param('id') id: string): { id: string } {
    if (id === 'none') {
      throw new NotFoundException({
        error: 'thing_not_found',
        message: 'There is no thing "none"',
      });
    }
    return { id };
  }

  @Post('large')
  createLarge(@Body() body: unknown): object {
    return { bytes: JSON.stringify(body).length };
  }

  @Post()
  @ApiJsonBody(thingSchema)
  create(@Body() thing: ThingDto): ThingDto {
    return thing;
  }
}

@Module({
  imports: [
    ConfigModule.forRoot([LogConfig, ApiDocsConfig], { LOG_LEVEL: 'silent' }),
    LoggingModule.forRoot('things'),
  ],
  controllers: [ThingsController],
})
class ThingsModule {}

describe(createHttpApp, () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    app = await createHttpApp(ThingsModule, {
      bodyLimitBytes: 1000,
      routeBodyLimitBytes: { '/api/v1/things/large': 5000 },
    });
    serveApiDocs(app, {
      title: 'Things',
      description: 'All things',
      groups: { Things: 'To have', Others: 'Not to have' },
      keyHeaders: ['x-api-key'],
    });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => app.close());

  const refusal = (error: string, message: unknown = expect.any(String)) => ({
    success: false,
    data: null,
    error,
    message,
    meta: null,
  });

  const get = (url: string, headers = {}) => app.inject({ method: 'GET', url, headers });
  const post = (payload: string, contentType = 'application/json') =>
    app.inject({
      method: 'POST',
      url: '/api/v1/things',
      payload,
      headers: { 'content-type': contentType },
    });

  it('serves a path with and without its last slash', async () => {
    expect((await get('/api/v1/things/a')).json()).toEqual({ id: 'a' });
    expect((await get('/api/v1/things/a/')).json()).toEqual({ id: 'a' });
  });

  it('accepts a path segment as long as a device token', async () => {
    const token = 'x'.repeat(4096);
    expect((await get(`/api/v1/things/${token}`)).json()).toEqual({ id: token });
  });

  it('answers an unknown route and an unknown thing in the envelope', async () => {
    const route = await get('/nowhere');
    expect([route.statusCode, route.json()]).toEqual([404, refusal('not_found')]);
    expect(route.body).not.toContain('nowhere'); // which might be a token
    const thing = await get('/api/v1/things/none');
    expect(thing.json()).toEqual(refusal('thing_not_found', 'There is no thing "none"'));
  });

  it('answers an unexpected error without its text', async () => {
    const answer = await get('/api/v1/things/broken');
    expect([answer.statusCode, answer.json()]).toEqual([500, refusal('internal_server_error')]);
    expect(answer.body).not.toContain('hunter2');
  });

  it('answers a retryable error with 503, without its text', async () => {
    const answer = await get('/api/v1/things/passing');
    expect([answer.statusCode, answer.json()]).toEqual([503, refusal('redis_down')]);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.body).not.toContain('secret');
  });

  it('sends Retry-After', async () => {
    const answer = await get('/api/v1/things/busy');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '7']);
    expect(answer.json()).toEqual(refusal('too_busy', 'Come back later'));
  });

  it('answers an address that cannot be decoded in the envelope', async () => {
    const answer = await get('/api/v1/things/%E0%A4%A');
    expect([answer.statusCode, answer.json()]).toEqual([400, refusal('bad_request')]);
  });

  it('answers a sentence for each problem of a body', async () => {
    const answer = await post('{"size":"big"}');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual(
      refusal('validation_failed', expect.stringMatching(/^name: .+; size: .+$/)),
    );
  });

  it.each([
    ['malformed JSON', '{"name":', 400, 'bad_request'],
    ['nothing', '', 400, 'bad_request'],
    ['a prototype key', '{"__proto__":{"admin":true},"name":"a","size":1}', 400, 'bad_request'],
    ['a body too large', JSON.stringify({ name: 'x'.repeat(1000) }), 413, 'payload_too_large'],
  ])('refuses %s', async (_what, payload, status, error) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json()]).toEqual([status, refusal(error)]);
  });

  it('allows larger bodies on a single route', async () => {
    const large = (bytes: number) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/things/large/',
        payload: { text: 'x'.repeat(bytes) },
      });
    expect((await large(4000)).statusCode).toBe(201);
    expect((await large(6000)).statusCode).toBe(413);
  });

  it('serves its OpenAPI document, and a page that loads nothing from another host', async () => {
    const { paths, components, tags } = (await get('/api/docs-json')).json();
    expect(tags).toEqual([
      { name: 'Things', description: 'To have' },
      { name: 'Others', description: 'Not to have' },
    ]);
    const body = paths['/api/v1/things'].post.requestBody.content['application/json'].schema;
    expect(body.properties.note).toEqual({ type: 'string', nullable: true });
    expect(Object.keys(components.securitySchemes)).toEqual(['x-api-key']);
    const page = await get('/api/docs/');
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(sources).toHaveLength(2);
    for (const path of sources) expect((await get(path)).statusCode).toBe(200);
  });

  it.each([
    [{ NODE_ENV: 'production' }, 404],
    [{ NODE_ENV: 'production', API_DOCS: 'true' }, 200],
    [{ API_DOCS: 'false' }, 404],
    [{ NODE_ENV: 'development' }, 200],
  ])('answers requests for its API description with %j: HTTP %i', async (environment, expected) => {
    const logging = LoggingModule.forRoot('docs');
    const configured = ConfigModule.forRoot([LogConfig, ApiDocsConfig], {
      LOG_LEVEL: 'silent',
      ...environment,
    });
    class Described {
      readonly name = 'described';
    }
    const other = await createHttpApp({ module: Described, imports: [configured, logging] });
    serveApiDocs(other, { title: 'Things', description: 'All things' });
    await other.init();
    await other.getHttpAdapter().getInstance().ready();
    for (const url of ['/api/docs', '/api/docs-json', '/api/docs/swagger-ui.css']) {
      expect((await other.inject({ method: 'GET', url })).statusCode).toBe(expected);
    }
    await other.close();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    'refuses a body of type %s',
    async (contentType) => {
      const answer = await post('name=a', contentType);
      expect([answer.statusCode, answer.json()]).toEqual([415, refusal('unsupported_media_type')]);
    },
  );

  it('answers bytes that are not HTTP in the envelope', async () => {
    const { port } = app.getHttpServer().address() as { port: number };
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NOT HTTP\r\n\r\n'));
      let received = '';
      socket.on('data', (chunk) => (received += chunk.toString()));
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
    });
    const [head, body] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(body!)).toEqual(refusal('bad_request'));
  });

  it('echoes a valid correlation id and creates one where there is none', async () => {
    const given = await get('/api/v1/things/a', { 'x-correlation-id': 'corr-1' });
    expect(given.headers['x-correlation-id']).toBe('corr-1');
    const made = await get('/api/v1/nowhere', { 'x-correlation-id': 'x'.repeat(200) });
    expect(made.headers['x-correlation-id']).toMatch(/^[\da-f-]{36}$/);
  });
});

describe(ApiKeyGuard, () => {
  let app: NestFastifyApplication;

  beforeAll(async () => {
    app = await createHttpApp(ThingsModule);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => app.close());

  const status = async (path: string, headers = {}) =>
    (await app.inject({ method: 'GET', url: `/api/v1/things/${path}`, headers })).statusCode;

  it.each([
    ['the first key', { 'x-api-key': 'first-key' }, 200],
    ['another key', { 'x-api-key': 'second-key' }, 200],
    ['a bearer key', { authorization: 'Bearer second-key' }, 200],
    ['no key', {}, 401],
    ['a wrong key', { 'x-api-key': 'first-keY' }, 401],
    ['the start of a key', { 'x-api-key': 'first' }, 401],
    ['an empty key', { 'x-api-key': '' }, 401],
    ['another scheme', { authorization: 'Basic first-key' }, 401],
  ])('answers %s', async (_what, headers, expected) => {
    expect(await status('guarded', headers)).toBe(expected);
  });

  it('closes or opens a route while no key is set, as configured', async () => {
    expect(await status('closed', { 'x-api-key': '' })).toBe(403);
    expect(await status('open')).toBe(200);
  });
});
