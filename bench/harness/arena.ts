import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FcmOrder, FcmReply } from '../stubs/fcm';
import type { LeanHttpOrder, LeanHttpReply } from '../stubs/lean-http';
import type { Expected, Progress } from '../stubs/receipts';
import { Broker } from './broker';
import { killAll } from './children';
import { Contender } from './contender';
import { imageOptions } from './image-options';
import { Keys } from './keys';
import type { Entry, Surroundings } from './launches';
import { namesOf } from './names';
import { Stub } from './stub';

/** Where a run finds what it needs. */
export interface Place {
  root: string;
  dir: string;
  rabbitmqUrl: string;
  redisUrl: string;
}

/** What all rows of a run share: the servers, the stubs, and a way to have contenders and be rid of them. */
export class Arena {
  /** Contenders whose queues and keys are still there. */
  private readonly present = new Set<Contender>();
  private entered = 0;

  private constructor(
    /** Tells this run from others on the same servers. */
    readonly run: string,
    readonly around: Surroundings,
    readonly broker: Broker,
    readonly keys: Keys,
    private readonly fcm: Stub<FcmOrder, FcmReply>,
    private readonly users: Stub<LeanHttpOrder, LeanHttpReply>,
  ) {}

  static async open(place: Place): Promise<Arena> {
    const { root, dir, rabbitmqUrl, redisUrl } = place;
    const stub = (name: string) => join(__dirname, '../stubs', `${name}.js`);
    const log = (name: string) => join(dir, 'logs', `${name}.log`);
    const [fcm, users, broker, keys] = await Promise.all([
      Stub.start<FcmOrder, FcmReply>(stub('fcm'), log('fcm')),
      Stub.start<LeanHttpOrder, LeanHttpReply>(stub('lean-http'), log('user-service')),
      Broker.connect(rabbitmqUrl),
      Keys.connect(redisUrl),
    ]);
    if (fcm.greeting.kind !== 'listening') throw new Error("FCM's stub does not listen");
    const around = {
      root,
      dir,
      rabbitmqUrl,
      redisUrl,
      userServiceUrl: `http://127.0.0.1:${users.greeting.port}`,
      fcmHttp2Port: fcm.greeting.http2Port,
      fcmHttp1Port: fcm.greeting.http1Port,
      image: imageOptions(readFileSync(join(root, 'Dockerfile'), 'utf8')),
    };
    const run = randomBytes(3).toString('hex');
    return new Arena(run, around, broker, keys, fcm, users);
  }

  /** A contender with queues of its own, not started yet. */
  async enter(entry: Entry): Promise<Contender> {
    this.entered += 1;
    const names = namesOf(this.run, `${entry.kind}-${this.entered}`);
    const contender = new Contender(entry, names, this.around);
    this.present.add(contender);
    await this.broker.declare(names);
    // push-service declares its own, so that it has the arguments of its guarantees.
    if (entry.kind !== 'service') await this.broker.declarePushQueue(names);
    return contender;
  }

  /** Stops a contender, and clears away what it has left. What fails to go now goes with the arena: no row is lost for it. */
  async leave(contender: Contender): Promise<void> {
    await contender.stop();
    await this.clear(contender).catch((error: unknown) =>
      console.error(`Not cleared away yet: ${contender.label}: ${String(error)}`),
    );
  }

  /** Has contenders, started, for as long as `work` takes. */
  async with<T>(
    entries: readonly Entry[],
    instances: number,
    work: (contenders: readonly Contender[]) => Promise<T>,
  ): Promise<T> {
    const contenders: Contender[] = [];
    try {
      for (const entry of entries) {
        contenders.push(await this.enter(entry));
      }
      await Promise.all(contenders.map((contender) => contender.start(instances)));
      return await work(contenders);
    } finally {
      await Promise.all(contenders.map((contender) => this.leave(contender)));
    }
  }

  /** Tells the stubs what comes next. */
  async begin(expected: Expected, latencyMs: number): Promise<void> {
    await this.users.ask({ devicesEach: expected.devicesEach });
    await this.fcm.ask({ kind: 'begin', expected, latencyMs });
  }

  async progress(): Promise<Progress> {
    return progressIn(await this.fcm.ask({ kind: 'progress' }));
  }

  /** Resolves once so many notifications have come to FCM. */
  async complete(notifications: number): Promise<Progress> {
    return progressIn(await this.fcm.ask({ kind: 'await', complete: notifications }));
  }

  /** When each notification had come to FCM, see {@link Receipts}. */
  async receivedAt(): Promise<Float64Array> {
    const reply = await this.fcm.ask({ kind: 'receipts' });
    if (reply.kind !== 'receipts') throw new Error(`Unexpected reply ${reply.kind}`);
    return reply.receivedAt;
  }

  /** Ends everything that was started, and clears away everything that was made; in haste, without drains. */
  async close(): Promise<void> {
    await killAll();
    // A row that is broken off may be at work still: it loses its connections, and we take new ones.
    await this.broker.close().catch(() => undefined);
    this.keys.close();
    const broker = await Broker.connect(this.around.rabbitmqUrl);
    for (const { names } of this.present) await broker.remove(names.exchange, names.queues);
    await broker.close();
    const keys = await Keys.connect(this.around.redisUrl);
    await keys.remove(`bench-${this.run}:`);
    keys.close();
  }

  private async clear(contender: Contender): Promise<void> {
    const { exchange, queues, redisNamespace } = contender.names;
    await this.broker.remove(exchange, queues);
    await this.keys.remove(redisNamespace);
    this.present.delete(contender);
  }
}

function progressIn(reply: FcmReply): Progress {
  if (reply.kind !== 'progress') throw new Error(`Unexpected reply ${reply.kind}`);
  return reply.progress;
}
