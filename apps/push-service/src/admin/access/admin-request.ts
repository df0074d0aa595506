/** The part of a Fastify request that the admin API looks at. */
export interface AdminRequest {
  method: string;
  ip: string;
  headers: Record<string, string | string[] | undefined>;
  /** The route, with the names of its parameters in place of their values. */
  routeOptions?: { url?: string };
  params?: unknown;
  /** Name of the key that acts; set by the guard. */
  adminActor?: string;
}
