import type { Fault } from '../fault';
import type { Trouble } from '../world/http-front';

function troubled(name: string, trouble: Trouble, rest: Partial<Fault> = {}): Fault {
  return {
    ...rest,
    name: `user service: ${name}`,
    inject: ({ world }) => {
      world.userFront.trouble = trouble;
      return Promise.resolve();
    },
    lift: ({ world }) => {
      world.userFront.trouble = undefined;
      return Promise.resolve();
    },
  };
}

export const userServiceFaults: readonly Fault[] = [
  {
    name: 'user service: down',
    inject: ({ world }) => world.users.lose(),
    lift: ({ world }) => world.users.start(),
  },
  troubled('slower than may be', { kind: 'slow', latencyMs: 1500 }),
  troubled('answers garbage', { kind: 'garbage' }),
  troubled('500', { kind: 'status', status: 500 }),
  // It says that it knows none of these people, and is believed.
  troubled('404', { kind: 'status', status: 404 }, { allows: { mayFailFor: ['user_not_found'] } }),
];
