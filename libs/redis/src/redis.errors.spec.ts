import { isOutageReply, isReplicaReply } from './redis.errors';

describe('isOutageReply', () => {
  it.each([
    'LOADING Redis is loading the dataset in memory',
    "READONLY You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'MOVED 3999 127.0.0.1:6381',
    'NOSCRIPT No matching script. Please use EVAL.',
    'NOREPLICAS Not enough good replicas to write.',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    'MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist',
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair or user is disabled.',
    "NOPERM User default has no permissions to run the 'evalsha' command",
    'ERR max number of clients reached',
    "ERR unknown command 'EVALSHA', with args beginning with: 'abc'",
    "ERR Error running script (call to f_1): @user_script:3: @user_script: 3: -OOM command not allowed when used memory > 'maxmemory'.",
    "ERR Error running script (call to f_1): @user_script:3: @user_script: 3: -READONLY You can't write against a read only replica.",
  ])('is true of %s', (message) => {
    expect(isOutageReply(message)).toBe(true);
  });

  it.each([
    'WRONGTYPE Operation against a key holding the wrong kind of value script: 60b5, on @user_script:1.',
    'ERR Error running script (call to f_1): @user_script:3: WRONGTYPE Operation against a key',
    'ERR user_script:1: attempt to index a nil value script: 60b5, on @user_script:1.',
    'ERR value is not an integer or out of range',
    'ERR hash value is not an integer: OOM',
    '',
  ])('is false of %s', (message) => {
    expect(isOutageReply(message)).toBe(false);
  });
});

describe('isReplicaReply', () => {
  it.each([
    [
      "READONLY You can't write against a read only replica. script: 60b5, on @user_script:1.",
      true,
    ],
    ["ERR Error running script (call to f_1): @user_script: 3: -READONLY You can't write", true],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", true],
    ['NOREPLICAS Not enough good replicas to write.', false],
    ['WRONGTYPE Operation against a key holding the wrong kind of value: READONLY', false],
  ])('of %s is %s', (message, expected) => {
    expect(isReplicaReply(message)).toBe(expected);
  });
});
