import { sizeOf } from './hpack-dynamic-table';
import type { HeaderField } from './hpack-static-table';

/** More than any answer of FCM's has, as HPACK counts it. */
export const MAX_HEADER_LIST_BYTES = 64 * 1024;

/** Fields of HTTP/1.1 connections: https://www.rfc-editor.org/rfc/rfc9113#section-8.2.2 */
const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const UPPER_CASE = /[A-Z]/;

const NOT_A_VALUE = /[\0\r\n]/;

/** What is wanted of one header block, and whether it is one: https://www.rfc-editor.org/rfc/rfc9113#section-8.2 */
export class AnswerFields {
  /** 0 where there is none: trailers. */
  status = 0;
  retryAfter?: string;
  contentLength?: number;
  malformed = false;
  private size = 0;
  private regular = false;

  readonly add = (field: HeaderField): void => {
    this.size += sizeOf(field);
    const [name, value] = field;
    if (name.startsWith(':')) this.addStatus(name, value);
    else this.addRegular(name, value);
  };

  get tooLarge(): boolean {
    return this.size > MAX_HEADER_LIST_BYTES;
  }

  /** The only pseudo-header of an answer; once, and before all others. */
  private addStatus(name: string, value: string): void {
    if (name !== ':status' || this.status !== 0 || this.regular || !/^[1-9]\d\d$/.test(value)) {
      this.malformed = true;
    } else {
      this.status = Number(value);
    }
  }

  private addRegular(name: string, value: string): void {
    this.regular = true;
    if (
      name === '' ||
      UPPER_CASE.test(name) ||
      CONNECTION_FIELDS.has(name) ||
      NOT_A_VALUE.test(value)
    ) {
      this.malformed = true;
    } else if (name === 'retry-after') {
      this.retryAfter ??= value;
    } else if (name === 'content-length') {
      this.addLength(value);
    }
  }

  private addLength(value: string): void {
    const length = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (this.contentLength !== undefined && this.contentLength !== length) this.malformed = true;
    if (Number.isNaN(length)) this.malformed = true;
    this.contentLength = length;
  }
}
