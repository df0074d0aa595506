import {
  Catch,
  ServiceUnavailableException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';

/** The part of a Fastify reply that an answer needs. */
interface Reply {
  status(code: number): Reply;
  send(body: unknown): Reply;
}

/**
 * Lets Terminus's own body through when a check fails: `{ status, info, error, details }`, in no envelope. Probes and
 * dashboards know this shape. For the health controller: `@UseFilters(TerminusBodyFilter)`.
 */
@Catch(ServiceUnavailableException)
export class TerminusBodyFilter implements ExceptionFilter<ServiceUnavailableException> {
  catch(exception: ServiceUnavailableException, host: ArgumentsHost): void {
    host
      .switchToHttp()
      .getResponse<Reply>()
      .status(exception.getStatus())
      .send(exception.getResponse());
  }
}
