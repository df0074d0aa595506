import { scenariosOf } from '../fault';
import type { Scenario } from '../scenario';
import { clusterScenarios } from './cluster.scenarios';
import { expiryScenarios } from './expiry.scenarios';
import { brokerFaults, brokerScenarios } from './broker.scenarios';
import { fcmFaults } from './fcm.scenarios';
import { faultPointScenarios } from './fault-points.scenarios';
import { gatewayScenarios } from './gateway.scenarios';
import { instanceScenarios } from './instances.scenarios';
import { poisonScenarios } from './poison.scenarios';
import { gateScenarios } from './gate.scenarios';
import { redisFaults, redisScenarios } from './redis.scenarios';
import { userServiceFaults } from './user-service.scenarios';

/** Every scenario with a fixed course, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  { name: 'nothing breaks', run: ({ load }) => load.end() },
  ...faultPointScenarios,
  ...brokerFaults.flatMap(scenariosOf),
  ...brokerScenarios,
  ...instanceScenarios,
  ...redisFaults.flatMap(scenariosOf),
  ...redisScenarios,
  ...gateScenarios,
  ...fcmFaults.flatMap(scenariosOf),
  ...userServiceFaults.flatMap(scenariosOf),
  ...gatewayScenarios,
  ...expiryScenarios,
  ...poisonScenarios,
  ...clusterScenarios,
];
