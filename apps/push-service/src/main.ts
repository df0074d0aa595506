import { runApp } from '@push/runtime';
import { startPushService } from './start';

void runApp('push-service', () => startPushService());
