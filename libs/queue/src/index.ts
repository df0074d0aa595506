export { QueueConsumer, type QueueSubscription } from './consumer/queue-consumer';
export { type ConsumeOptions, type QueueMessageHandler } from './consumer/subscription';
export {
  inspectBroker,
  type BrokerFindings,
  type NodeFinding,
  type TopologyFinding,
} from './broker-inspection';
export { type IntakeActivity } from './intake/intake-ports';
export { PushContext, PUSH_PATTERN } from './intake/push-context';
export { PushQueueServer } from './intake/push-queue.server';
export { PushDeserializer, type MessageBody } from './intake/push.deserializer';
export { processEntry } from './messaging-spans';
export { ownHeaders } from './message-headers';
export { type Parkable } from './message-headers';
export { Publisher, type PublishOptions } from './publisher';
export { QueueInspector, type QueueDepth, type QueueDepths } from './queue-inspector';
export {
  PublishError,
  QueueBrowseError,
  TopologyError,
  type PublishErrorCode,
  type QueueBrowseErrorCode,
} from './queue.errors';
export { QueueModule, type QueueModuleAsyncOptions } from './queue.module';
export { IntakeOptions, QueueOptions } from './queue.options';
export { QueueBrowser } from './walk/queue-walker';
export {
  type BrowseStep,
  type BrowseOptions,
  type BrowseReport,
  type BrowseVisitor,
} from './walk/walk';
