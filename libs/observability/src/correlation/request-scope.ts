import { AsyncLocalStorage } from 'node:async_hooks';

const correlationIds = new AsyncLocalStorage<string>();

/** Does the work of an HTTP request. Whatever it awaits finds the request's id by {@link requestCorrelationId}. */
export function inRequest(correlationId: string, work: () => void): void {
  correlationIds.run(correlationId, work);
}

/** The correlation id of the HTTP request that the caller works on; undefined outside of any. */
export function requestCorrelationId(): string | undefined {
  return correlationIds.getStore();
}
