import { request } from 'undici';

/** The emulator's own interface: faults in, evidence out. */
export class EmulatorControl {
  constructor(private readonly url: string) {}

  /** Puts faults in force; none takes them back. */
  async setFaults(...faults: object[]): Promise<void> {
    await this.tell('PUT', '/emulator/faults', faults);
  }

  /** Forgets all that it took, and its faults. */
  async reset(): Promise<void> {
    await this.tell('POST', '/emulator/reset');
  }

  /** What it tells under a path of its own. */
  async ask<T>(path: string): Promise<T> {
    const { body } = await request(this.url + path);
    return (await body.json()) as T;
  }

  private async tell(method: 'POST' | 'PUT', path: string, body?: object): Promise<void> {
    const { statusCode, body: answer } = await request(this.url + path, {
      method,
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path}: ${text}`);
  }
}
