import { runApp } from '@push/runtime';
import { startUserService } from './start';

void runApp('user-service', () => startUserService());
