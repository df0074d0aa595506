import type { Dispatcher, Pool } from 'undici';

/** As much of an answer is worth reading to keep its connection. */
const MOST_READ_BYTES = 65_536;

/**
 * Makes a request of whose answer nothing but the HTTP status matters; its body is read and thrown away. Undici's `request`
 * makes a stream of each body, which is 20 us and 3 KB more.
 * @throws undici's error where no answer came; one that breaks off after its head is an answer
 */
export function statusOnly(pool: Pool, request: Dispatcher.DispatchOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    pool.dispatch(request, new StatusHandler(resolve, reject));
  });
}

class StatusHandler implements Dispatcher.DispatchHandler {
  private status?: number;
  private readBytes = 0;

  constructor(
    private readonly resolve: (status: number) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  onRequestStart(): void {
    // Undici takes a handler for one of its older kind without it.
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.readBytes += chunk.length;
    if (this.readBytes > MOST_READ_BYTES) controller.abort(new Error('The answer is too long'));
  }

  onResponseEnd(): void {
    this.end(new Error('The answer has no status'));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.end(error);
  }

  private end(error: Error): void {
    if (this.status === undefined) this.reject(error);
    else this.resolve(this.status);
  }
}
