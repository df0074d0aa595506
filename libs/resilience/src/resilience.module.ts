import { Global, Module } from '@nestjs/common';
import { Dependencies } from './dependencies';

/** Provides the process's dependencies with their breakers. */
@Global()
@Module({ providers: [Dependencies], exports: [Dependencies] })
export class ResilienceModule {}
