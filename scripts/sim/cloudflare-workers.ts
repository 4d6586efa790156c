/** What stands in for the module `cloudflare:workers` outside workerd: the base class of the objects. */
export abstract class DurableObject<E> {
  protected readonly ctx: unknown;
  protected readonly env: E;

  constructor(ctx: unknown, env: E) {
    this.ctx = ctx;
    this.env = env;
  }
}
