import { environment } from './environment';
import { optionalFlag, optionalText } from './variables';

/** Whether an app shows its OpenAPI description: to nobody in production, unless told otherwise. */
export class ApiDocsConfig extends environment({
  API_DOCS: optionalFlag('true, and false where NODE_ENV is production'),
  NODE_ENV: optionalText(),
}) {
  /** @default true, and false where NODE_ENV is production */
  readonly shown = this.env.API_DOCS ?? this.env.NODE_ENV !== 'production';
}
