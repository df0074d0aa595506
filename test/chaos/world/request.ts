import { OPTED_OUT, UNKNOWN, type Device } from './people';

/** What a request is, and so how it has to end where nothing is wrong. */
export type RequestKind = 'deliverable' | 'dead-token' | 'unknown-user' | 'opted-out';

/** A request of a load. */
export interface KnownRequest {
  id: string;
  kind: RequestKind;
  /** As it is sent. */
  body: object;
  /** Tokens of the devices it is for, where it can be delivered. */
  tokens: readonly string[];
}

/** The n-th request of a load: mostly one that can be delivered, and some of every other kind. */
export function knownRequest(
  scenario: string,
  n: number,
  people: ReadonlyMap<string, readonly Device[]>,
): KnownRequest {
  const id = `${scenario}-${n}`;
  const text = {
    template_code: `Message {{n}}`,
    variables: { n },
    request_id: id,
    priority: n % 5,
  };
  if (n % 25 === 1) {
    return {
      id,
      kind: 'dead-token',
      tokens: [],
      body: { ...text, push_token: `unregistered-${n}` },
    };
  }
  if (n % 50 === 2)
    return { id, kind: 'unknown-user', tokens: [], body: { ...text, user_id: UNKNOWN } };
  if (n % 50 === 3)
    return { id, kind: 'opted-out', tokens: [], body: { ...text, user_id: OPTED_OUT } };
  const user = `person-${n % people.size}`;
  const tokens = (people.get(user) ?? []).map(({ token }) => token);
  return { id, kind: 'deliverable', tokens, body: { ...text, user_id: user } };
}
