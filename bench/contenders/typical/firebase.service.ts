import { Injectable } from '@nestjs/common';
import { initializeApp, type Credential } from 'firebase-admin/app';
import { getMessaging } from 'firebase-admin/messaging';
import { StubAgent } from './stub.agent';
import { env } from './settings';

export interface PushRequest {
  user_id: string;
  request_id: string;
  template_code: string;
  variables: Record<string, string>;
}

/** A token that costs nothing: it is the sending that is compared. */
const credential: Credential = {
  getAccessToken: () => Promise.resolve({ access_token: 'bench', expires_in: 3600 }),
};

/** Sends by firebase-admin. */
@Injectable()
export class FirebaseService {
  private readonly messaging = getMessaging(
    initializeApp({
      credential,
      projectId: env('FIREBASE_PROJECT_ID'),
      httpAgent: new StubAgent(Number(env('BENCH_FCM_PORT'))),
    }),
  );

  /** The same message as everybody else's. */
  send({ request_id, template_code, variables }: PushRequest, token: string): Promise<string> {
    return this.messaging.send({
      token,
      notification: {
        title: 'Notification',
        body: template_code.replace('{{name}}', variables['name'] ?? ''),
      },
      data: { request_id, notification_id: request_id, correlation_id: request_id },
      android: { priority: 'normal', notification: { tag: request_id, defaultSound: true } },
      apns: {
        headers: { 'apns-priority': '10', 'apns-collapse-id': request_id },
        payload: { aps: { sound: 'default' } },
      },
      webpush: { headers: { Urgency: 'normal' }, notification: { tag: request_id } },
    });
  }
}
