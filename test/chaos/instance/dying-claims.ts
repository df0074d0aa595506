import { Injectable } from '@nestjs/common';
import { RedisClaimStore, type Claim, type ClaimAnswer } from '@push/idempotency';
import { passed, type FaultPoint } from './fault-points';

/** Points that lie behind the end of a claim's own call. */
const BEHIND: Partial<Record<keyof Claim, FaultPoint>> = {
  recordDevice: 'after-device-record',
  decide: 'after-decision',
  finish: 'after-record',
};

/** The claims of push-service, with fault points before and behind them. */
@Injectable()
export class DyingClaims extends RedisClaimStore {
  override async claim(requestId: string): Promise<ClaimAnswer> {
    passed('before-claim', requestId);
    const answer = await super.claim(requestId);
    if (answer.state !== 'claimed' && answer.state !== 'decided') return answer;
    passed('after-claim', requestId);
    return { ...answer, claim: withPoints(answer.claim) };
  }
}

function withPoints(claim: Claim): Claim {
  return new Proxy(claim, {
    get(target, name: keyof Claim) {
      const value: unknown = target[name];
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const result: unknown = await Reflect.apply(value, target, args);
        const point = BEHIND[name];
        const device = name === 'recordDevice' ? String(args[0]) : undefined;
        if (point) passed(point, target.requestId, device);
        return result;
      };
    },
  });
}
