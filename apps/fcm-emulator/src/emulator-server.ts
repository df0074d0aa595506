import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ControlRoutes, refuse } from './control.routes';
import { DeviceStore } from './devices/device.store';
import { FaultList } from './faults';
import { DualServer } from './http/dual-server';
import type { Exchange } from './http/exchange';
import { PAGE, PAGE_HEADERS } from './page';
import { Journal } from './records/journal';
import { Stats } from './records/stats';
import { JSON_HEADERS } from './send/fcm-errors';
import { type AcceptedPush, SendHandler } from './send/send.handler';

const SEND_START = '/v1/projects/';
const SEND_END = '/messages:send';
/**
 * Text of messages kept at most, in the journal and on the screens, which share it. Large payloads must not outgrow
 * memory within the bound on their number.
 */
const MAX_BODY_CHARACTERS = 256 * 1024 * 1024;

/** How an emulator is set up. */
export interface EmulatorOptions {
  /** 0 takes a free one. @default 8004 */
  port?: number;
  /** Address to listen on. @default every one this machine has */
  host?: string;
  /** Most messages, most requests and most notifications on screens that are remembered. @default 200000 */
  maxMessages?: number;
  /** Most devices remembered. @default 100000 */
  maxDevices?: number;
  /** From 0 up to 1, for faults with a probability. @default Math.random */
  random?: () => number;
  /** Called for every push that was accepted, on the way to its answer: be quick. */
  onAccepted?: (push: AcceptedPush) => void;
}

/** An emulator of FCM HTTP v1 with its control routes and page, on one port. */
export class EmulatorServer {
  readonly devices: DeviceStore;
  readonly journal: Journal;
  readonly faults: FaultList;
  readonly stats = new Stats();
  private readonly sends: SendHandler;
  private readonly control: ControlRoutes;
  private readonly server: DualServer;

  constructor(private readonly options: EmulatorOptions = {}) {
    const notifications = options.maxMessages ?? 200_000;
    const characters = MAX_BODY_CHARACTERS;
    this.devices = new DeviceStore({
      devices: options.maxDevices ?? 100_000,
      notifications,
      characters,
    });
    this.journal = new Journal(notifications, characters);
    this.faults = new FaultList(options.random);
    this.sends = new SendHandler(
      this.devices,
      this.journal,
      this.faults,
      this.stats,
      options.onAccepted,
    );
    this.control = new ControlRoutes(this);
    this.server = new DualServer({
      exchange: (exchange) => this.route(exchange),
      sessionOpened: () => this.stats.sessionOpened(),
      sessionClosed: () => this.stats.sessionClosed(),
    });
  }

  /**
   * @returns the port it listens on
   * @throws the error of `net.Server.listen` (EADDRINUSE for one)
   */
  async listen(): Promise<number> {
    return await this.server.listen(this.options.port ?? 8004, this.options.host);
  }

  /** Forgets everything it was sent or told. */
  reset(): void {
    this.control.reset();
  }

  /** @param graceMs how long what is under way may take to end. @default 0 */
  async close(graceMs = 0): Promise<void> {
    await this.server.close(graceMs);
  }

  private route(exchange: Exchange): void {
    const mark = exchange.path.indexOf('?');
    const path = mark < 0 ? exchange.path : exchange.path.slice(0, mark);
    if (path.startsWith(SEND_START) && path.endsWith(SEND_END)) {
      const project = path.slice(SEND_START.length, -SEND_END.length);
      if (exchange.method === 'POST' && project !== '' && !project.includes('/')) {
        this.sends.handle(exchange, project);
        return;
      }
    }
    if (exchange.method === 'GET' && path === '/') {
      exchange.reply(200, PAGE_HEADERS, PAGE);
      return;
    }
    if (exchange.method === 'GET' && path === '/api/v1/health/live') {
      exchange.reply(200, JSON_HEADERS, JSON.stringify({ status: 'ok' }));
      return;
    }
    const query = new URLSearchParams(mark < 0 ? '' : exchange.path.slice(mark + 1));
    if (!this.control.handle(exchange, path, query))
      refuse(exchange, 404, `${exchange.method} ${path} is not a route of this server`);
  }
}

/** How long sends under way may take to end when the emulator stops. */
const CLOSE_GRACE_MS = 1000;

/** Opens the emulator's port with the application and closes it with it. */
@Injectable()
export class EmulatorLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('fcm-emulator');

  constructor(private readonly server: EmulatorServer) {}

  async onApplicationBootstrap(): Promise<void> {
    const port = await this.server.listen();
    this.logger.log({ port }, 'Ready: FCM HTTP v1 over HTTP/1.1 and HTTP/2, screens on /');
  }

  async onModuleDestroy(): Promise<void> {
    await this.server.close(CLOSE_GRACE_MS);
  }
}
