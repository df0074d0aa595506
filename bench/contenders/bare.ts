import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectAmqp, type ConsumeMessage } from 'amqplib';
import { Redis } from 'ioredis';
import { Pool } from 'undici';

/**
 * The bare work of a notification, and nothing else: a message of a quorum queue, a SET NX in Redis, a GET at the user
 * service, a POST to FCM over HTTP/2 for each device, a SET, a status that the broker confirms, an ack. What no sender
 * of notifications can leave out; but no error is handled, nothing is validated, and a crash loses and repeats.
 */

const env = (name: string): string => process.env[name] ?? '';
const inFlight = Number(env('BENCH_IN_FLIGHT'));
const sessionCount = Number(env('BENCH_SESSIONS'));
const project = env('FIREBASE_PROJECT_ID');
const exchange = env('NOTIFICATIONS_EXCHANGE');
const keys = env('REDIS_NAMESPACE');
const STREAMS = 100;

interface Request {
  user_id: string;
  request_id: string;
  template_code: string;
  variables: Record<string, string>;
}

interface User {
  data: { devices: { token: string }[] };
}

async function main(): Promise<void> {
  const redis = new Redis(env('REDIS_URL'), { enableAutoPipelining: true });
  const users = new Pool(env('USER_SERVICE_URL'), { connections: 128 });
  const sessions = Array.from({ length: sessionCount }, () =>
    connectHttp2(`http://${env('FCM_EMULATOR_HOST')}`),
  );
  await Promise.all(sessions.map((session) => once(session, 'remoteSettings')));
  const streams = new Map<ClientHttp2Session, number>();
  const amqp = await connectAmqp(env('RABBITMQ_URL'));
  const out = await amqp.createConfirmChannel();
  const channel = await amqp.createChannel();
  await channel.prefetch(inFlight);

  function send(body: string): Promise<string> {
    const session = sessions.find((one) => (streams.get(one) ?? 0) < STREAMS) ?? sessions[0];
    if (!session) throw new Error('There is no session');
    streams.set(session, (streams.get(session) ?? 0) + 1);
    return new Promise((resolve, reject) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': `/v1/projects/${project}/messages:send`,
        authorization: 'Bearer bench',
        'content-type': 'application/json',
      });
      let answer = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => (answer += chunk));
      stream.on('end', () => {
        streams.set(session, (streams.get(session) ?? 0) - 1);
        resolve((JSON.parse(answer) as { name: string }).name);
      });
      stream.on('error', reject);
      stream.end(body);
    });
  }

  async function work(message: ConsumeMessage): Promise<void> {
    const request = JSON.parse(message.content.toString()) as Request;
    const key = `${keys}${request.request_id}`;
    if ((await redis.set(key, 'processing', 'EX', 86_400, 'NX')) !== 'OK') {
      channel.ack(message);
      return;
    }
    const answer = await users.request({
      path: `/api/v1/users/${request.user_id}`,
      method: 'GET',
    });
    const user = (await answer.body.json()) as User;
    const names = await Promise.all(
      user.data.devices.map(({ token }) => send(JSON.stringify(compose(request, token)))),
    );
    await redis.set(key, JSON.stringify({ kind: 'delivered', names }), 'EX', 86_400);
    await new Promise<void>((resolve, reject) => {
      const status = {
        notification_id: request.request_id,
        request_id: request.request_id,
        status: 'delivered',
        timestamp: new Date().toISOString(),
        error: null,
      };
      out.publish(
        exchange,
        'push.status',
        Buffer.from(JSON.stringify(status)),
        { persistent: true, contentType: 'application/json', messageId: request.request_id },
        (error: unknown) => (error instanceof Error ? reject(error) : resolve()),
      );
    });
    channel.ack(message);
  }

  await channel.consume(env('PUSH_QUEUE'), (message) => {
    if (message) void work(message);
  });
  process.send?.('ready');
}

/** The message that push-service sends for the same request: FCM has to be told as much. */
function compose({ request_id, template_code, variables }: Request, token: string): object {
  return {
    message: {
      token,
      notification: {
        title: 'Notification',
        body: template_code.replace('{{name}}', variables['name'] ?? ''),
      },
      data: { request_id, notification_id: request_id, correlation_id: request_id },
      android: { priority: 'NORMAL', notification: { tag: request_id, default_sound: true } },
      apns: {
        headers: { 'apns-priority': '10', 'apns-collapse-id': request_id },
        payload: { aps: { sound: 'default' } },
      },
      webpush: { headers: { Urgency: 'normal' }, notification: { tag: request_id } },
    },
  };
}

process.on('SIGTERM', () => process.exit());
process.on('disconnect', () => process.exit());
void main();
