import { scenariosOf } from '../fault';
import type { Scenario } from '../scenario';
import { brokerFaults, brokerScenarios } from './broker.faults';
import { fcmFaults } from './fcm.faults';
import { faultPointScenarios } from './fault-points.faults';
import { gatewayScenarios } from './gateway.faults';
import { redisFaults, redisScenarios } from './redis.faults';
import { userServiceFaults } from './user-service.faults';

/** Every scenario with a fixed course, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  { name: 'nothing breaks', run: ({ load }) => load.end() },
  ...faultPointScenarios,
  ...brokerFaults.flatMap(scenariosOf),
  ...brokerScenarios,
  ...redisFaults.flatMap(scenariosOf),
  ...redisScenarios,
  ...fcmFaults.flatMap(scenariosOf),
  ...userServiceFaults.flatMap(scenariosOf),
  ...gatewayScenarios,
];
