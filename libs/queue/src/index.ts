export {
  QueueConsumer,
  type ConsumeOptions,
  type QueueMessageHandler,
  type QueueSubscription,
} from './consumer/queue-consumer';
export { PushContext, PUSH_PATTERN } from './intake/push-context';
export { PushQueueServer } from './intake/push-queue.server';
export { PushDeserializer, type MessageBody } from './intake/push.deserializer';
export { Publisher, type Parkable, type PublishOptions } from './publisher/publisher';
export { QueueInspector, type QueueDepth, type QueueDepths } from './queue-inspector';
export { PublishError, TopologyError, type PublishErrorCode } from './queue.errors';
export { QueueModule, type QueueModuleAsyncOptions } from './queue.module';
export { IntakeOptions, QueueOptions } from './queue.options';
