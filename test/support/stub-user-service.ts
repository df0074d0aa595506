import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A user service with given answers, for example with tokens in its error messages. */
export interface StubUserService {
  url: string;
  /** The requests that arrived, as `METHOD /path`. */
  requests: string[];
  close(): Promise<void>;
}

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

/** @param answers by the user's id; any other user is not found */
export async function startStubUserService(
  answers: Record<string, Answer>,
): Promise<StubUserService> {
  const requests: string[] = [];
  const server = createServer(({ method = '', url = '' }, response) => {
    requests.push(`${method} ${url}`);
    const [, user = ''] = /^\/api\/v1\/users\/([^/?]+)/.exec(url) ?? [];
    const succeeds = url.includes('/health') || method === 'DELETE';
    const answer = succeeds ? { status: 200, body: '{}' } : answers[user];
    const { status, body, headers } = answer ?? { status: 404, body: '{}' };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A user with these devices. */
export function userWith(...tokens: string[]): Answer {
  const devices = tokens.map((token) => ({ token, platform: 'android' }));
  return { status: 200, body: JSON.stringify({ data: { devices } }) };
}
