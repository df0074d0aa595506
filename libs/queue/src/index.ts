export {
  QueueConsumer,
  type ConsumeOptions,
  type QueueMessageHandler,
  type QueueSubscription,
} from './queue-consumer';
export {
  inspectBroker,
  type BrokerFindings,
  type NodeFinding,
  type TopologyFinding,
} from './broker-inspection';
export { PushContext, PUSH_PATTERN } from './push-context';
export { PushQueueServer, type IntakeActivity } from './push-queue.server';
export { PushDeserializer, type MessageBody } from './push.deserializer';
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
export {
  QueueBrowser,
  type BrowseOptions,
  type BrowseReport,
  type BrowseStep,
  type BrowseVisitor,
} from './queue-browser';
