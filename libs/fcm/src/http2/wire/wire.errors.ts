/** https://www.rfc-editor.org/rfc/rfc9113#section-7 */
export const ErrorCode = {
  NO_ERROR: 0x0,
  PROTOCOL_ERROR: 0x1,
  INTERNAL_ERROR: 0x2,
  FLOW_CONTROL_ERROR: 0x3,
  SETTINGS_TIMEOUT: 0x4,
  STREAM_CLOSED: 0x5,
  FRAME_SIZE_ERROR: 0x6,
  REFUSED_STREAM: 0x7,
  CANCEL: 0x8,
  COMPRESSION_ERROR: 0x9,
  CONNECT_ERROR: 0xa,
  ENHANCE_YOUR_CALM: 0xb,
  INADEQUATE_SECURITY: 0xc,
  HTTP_1_1_REQUIRED: 0xd,
} as const;

const NAMES = new Map<number, string>(
  Object.entries(ErrorCode).map(([name, code]) => [code, `NGHTTP2_${name}`]),
);

/** The peer broke the protocol in a way that ends the connection, which it is told with GOAWAY. */
export class ConnectionError extends Error {
  /** @param detail what it did */
  constructor(
    readonly code: number,
    detail: string,
  ) {
    super(`Protocol error: ${detail}`);
    this.name = 'ConnectionError';
  }
}

/** One stream was reset, by the peer or by us. */
export function streamError(code: number): Error {
  return code === ErrorCode.NO_ERROR || code === ErrorCode.CANCEL
    ? new Error(`the stream was reset with code ${code}`)
    : new Error(`Stream closed with error code ${NAMES.get(code) ?? code}`);
}

/** The peer ended the connection for a reason. */
export function sessionError(code: number): Error {
  return new Error(`Session closed with error code ${code}`);
}

/** Nothing of the stream has left: the connection ended before it could. */
export function pendingStreamError(cause: Error): Error {
  return new Error(`The pending stream has been canceled (caused by: ${cause.message})`, { cause });
}
