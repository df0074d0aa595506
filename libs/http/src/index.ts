export { serveApiDocs, type ApiDocsOptions } from './api-docs';
export {
  ApiAnswer,
  ApiRefusals,
  described,
  type AnswerDescription,
  type Refusal,
} from './api-answer';
export { ApiJsonBody } from './api-json-body';
export { apiKeyOf, ApiKeyGuard, type ApiKeyOptions } from './api-key.guard';
export { constantTimeEquals, constantTimeFind, constantTimeIncludes } from './constant-time';
export { createHttpApp, type HttpAppOptions, type MakeApp } from './create-http-app';
export { EnvelopeFilter, type ProblemDetails } from './envelope.filter';
export { pageQuery } from './page-query';
export { traceRequests } from './trace-requests';
export { problemsOf, ZodBodyPipe } from './zod-body.pipe';
