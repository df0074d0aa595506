export {
  ApiAnswer,
  ApiJsonBody,
  ApiRefusals,
  described,
  type AnswerDescription,
  type Refusal,
} from './api-description';
export { serveApiDocs, type ApiDocsOptions } from './api-docs';
export { apiKeyOf, ApiKeyGuard, constantTimeFind, type ApiKeyOptions } from './api-key.guard';
export { createHttpApp, type HttpAppOptions, type MakeApp } from './create-http-app';
export { traceRequests } from './trace-requests';
export { pageQuery } from './validation';
