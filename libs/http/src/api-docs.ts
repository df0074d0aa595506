import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { ApiDocsConfig } from '@push/config';
import { cleanupOpenApiDoc } from 'nestjs-zod';

/** Title and grouping of an API's description. */
export interface ApiDocsOptions {
  title: string;
  description: string;
  /** Descriptions of the tags that group operations, in the order in which they are shown. @default as found */
  groups?: Readonly<Record<string, string>>;
  /** Headers that carry a key or a secret, for the "Authorize" button. @default none */
  keyHeaders?: readonly string[];
  /** Which operations need a key: all, or those marked with `@ApiSecurity`. @default 'all' */
  keysFor?: 'all' | 'marked';
}

/** The part of a Fastify reply that a file needs. */
interface Reply {
  header(name: string, value: string): Reply;
  send(body: unknown): Reply;
}

const PATH = '/api/docs';
const ASSETS: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/**
 * Serves the OpenAPI document at `/api/docs-json` and Swagger UI at `/api/docs`, unless `API_DOCS` turns them off.
 * Call it before `listen`. Needs `ApiDocsConfig`.
 * The page's two files come from swagger-ui-dist, which @nestjs/swagger brings; nothing is loaded from another host.
 */
export function serveApiDocs(app: NestFastifyApplication, options: ApiDocsOptions): void {
  if (!app.get(ApiDocsConfig).shown) return;
  const http = app.getHttpAdapter();
  let document: object | undefined;
  http.get(`${PATH}-json`, (_request: unknown, reply: Reply) => {
    document ??= describeApi(app, options);
    reply.send(document);
  });
  http.get(PATH, (_request: unknown, reply: Reply) => {
    reply.header('content-type', 'text/html; charset=utf-8').send(page(options.title));
  });
  for (const [name, type] of Object.entries(ASSETS)) {
    let content: Buffer | undefined;
    http.get(`${PATH}/${name}`, (_request: unknown, reply: Reply) => {
      content ??= readFileSync(assetPath(name));
      reply.header('content-type', type).header('cache-control', 'max-age=86400').send(content);
    });
  }
}

function describeApi(
  app: NestFastifyApplication,
  { title, description, groups = {}, keyHeaders = [], keysFor = 'all' }: ApiDocsOptions,
): object {
  const builder = new DocumentBuilder()
    .setTitle(title)
    .setDescription(description)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This server');
  for (const [tag, purpose] of Object.entries(groups)) builder.addTag(tag, purpose);
  for (const name of keyHeaders) {
    builder.addApiKey({ type: 'apiKey', in: 'header', name }, name);
    if (keysFor === 'all') builder.addSecurityRequirements(name);
  }
  return cleanupOpenApiDoc(SwaggerModule.createDocument(app, builder.build()));
}

function assetPath(name: string): string {
  const swagger = createRequire(require.resolve('@nestjs/swagger'));
  return swagger.resolve(`swagger-ui-dist/${name}`);
}

function page(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${PATH}/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="${PATH}/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '${PATH}-json', dom_id: '#ui' });</script>
</body>
</html>
`;
}
