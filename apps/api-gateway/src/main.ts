import { runApp } from '@push/runtime';
import { startGateway } from './start';

void runApp('api-gateway', () => startGateway());
