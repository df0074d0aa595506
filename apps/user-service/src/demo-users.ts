import type { UserInput } from './users/user.schema';

/** The users of the demo: what an empty database starts with. */
export const DEMO_USERS: readonly (UserInput & { user_id: string })[] = [
  {
    user_id: 'test-user-123',
    name: 'John',
    email: 'john@example.com',
    preferences: { push: true, email: true },
    devices: [{ token: 'demo-device-john-android', platform: 'android', locale: 'en' }],
  },
  {
    user_id: '9a1c5b1e-0c7e-4ad7-9a0c-2a8f0f3f7d11',
    name: 'Ada',
    email: 'ada@example.com',
    preferences: { push: true, email: true },
    devices: [
      { token: 'web-demo-device-ada', platform: 'web', locale: 'en' },
      { token: 'ios-demo-device-ada', platform: 'ios', locale: 'en' },
    ],
  },
];
