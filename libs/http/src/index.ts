export { serveApiDocs, type ApiDocsOptions } from './api-docs';
export { ApiJsonBody } from './api-json-body';
export { ApiKeyGuard, type ApiKeyOptions } from './api-key.guard';
export { constantTimeEquals, constantTimeIncludes } from './constant-time';
export { createHttpApp, type HttpAppOptions, type MakeApp } from './create-http-app';
export { EnvelopeFilter, type ProblemDetails } from './envelope.filter';
export { pageQuery } from './page-query';
export { problemsOf, ZodBodyPipe } from './zod-body.pipe';
