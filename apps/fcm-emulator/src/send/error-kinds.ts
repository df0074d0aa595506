/** What Google answers an error code with. */
export interface ErrorKind {
  status: number;
  /** The canonical google.rpc word that goes with it. */
  word: string;
  message: string;
  /** FCM's own codes come with an FcmError detail; the front end's (credentials, permission) do not. */
  fcm: boolean;
}

/** Google's advice in every answer about credentials. */
export const CREDENTIALS_HINT =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. ' +
  'See https://developers.google.com/identity/sign-in/web/devconsole-project.';

/** https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode, and the google.rpc codes in front of FCM. */
export const ERROR_KINDS = {
  INVALID_ARGUMENT: {
    status: 400,
    word: 'INVALID_ARGUMENT',
    message: 'Request contains an invalid argument.',
    fcm: true,
  },
  UNREGISTERED: {
    status: 404,
    word: 'NOT_FOUND',
    message: 'Requested entity was not found.',
    fcm: true,
  },
  SENDER_ID_MISMATCH: {
    status: 403,
    word: 'PERMISSION_DENIED',
    message: 'SenderId mismatch',
    fcm: true,
  },
  QUOTA_EXCEEDED: {
    status: 429,
    word: 'RESOURCE_EXHAUSTED',
    message: 'Sending limit exceeded for the message target.',
    fcm: true,
  },
  UNAVAILABLE: {
    status: 503,
    word: 'UNAVAILABLE',
    message: 'The service is currently unavailable.',
    fcm: true,
  },
  INTERNAL: { status: 500, word: 'INTERNAL', message: 'Internal error encountered.', fcm: true },
  THIRD_PARTY_AUTH_ERROR: {
    status: 401,
    word: 'UNAUTHENTICATED',
    message: 'Auth error from APNS or Web Push Service',
    fcm: true,
  },
  UNSPECIFIED_ERROR: {
    status: 500,
    word: 'UNKNOWN',
    message: 'Unknown error encountered.',
    fcm: true,
  },
  UNAUTHENTICATED: {
    status: 401,
    word: 'UNAUTHENTICATED',
    message: `Request had invalid authentication credentials. ${CREDENTIALS_HINT}`,
    fcm: false,
  },
  PERMISSION_DENIED: {
    status: 403,
    word: 'PERMISSION_DENIED',
    message:
      "Permission 'cloudmessaging.messages.create' denied on resource (or it may not exist).",
    fcm: false,
  },
  NOT_FOUND: {
    status: 404,
    word: 'NOT_FOUND',
    message: 'Requested entity was not found.',
    fcm: false,
  },
  DEADLINE_EXCEEDED: {
    status: 504,
    word: 'DEADLINE_EXCEEDED',
    message: 'Deadline expired before operation could complete.',
    fcm: false,
  },
} satisfies Record<string, ErrorKind>;

/** An error code the emulator can answer with. */
export type ErrorCode = keyof typeof ERROR_KINDS;

/** Every code a fault may name. */
export const ERROR_CODES = Object.keys(ERROR_KINDS) as [ErrorCode, ...ErrorCode[]];

/** The code that goes with a bare HTTP status, where there is one. */
export function codeOfStatus(status: number): ErrorCode | undefined {
  const byStatus: Record<number, ErrorCode> = {
    400: 'INVALID_ARGUMENT',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'UNREGISTERED',
    429: 'QUOTA_EXCEEDED',
    500: 'INTERNAL',
    503: 'UNAVAILABLE',
    504: 'DEADLINE_EXCEEDED',
  };
  return byStatus[status];
}
