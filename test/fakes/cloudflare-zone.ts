/** A record as the API lists it. */
export interface FakeRecord {
  id: string;
  name: string;
  type: string;
  content: string;
  ttl: number;
  proxied: boolean;
  comment: string | null;
  priority?: number;
  data?: Record<string, unknown>;
}

export interface ApiError {
  readonly code: number;
  readonly message: string;
}

/** What the API answers instead of doing what it was asked. */
export class Refused extends Error {
  readonly status: number;
  readonly error: ApiError;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.error = { code, message };
  }
}

/** Operations of a batch, and characters of a comment, on the smallest plan. */
const MAX_BATCH = 200;
const MAX_COMMENT = 100;
const ADDRESS_TYPES = ["A", "AAAA", "CNAME"];
const PARTS: Record<string, readonly string[]> = {
  SRV: ["priority", "weight", "port", "target"],
  CAA: ["flags", "tag", "value"],
  DS: ["key_tag", "algorithm", "digest_type", "digest"],
  HTTPS: ["priority", "target", "value"],
  SVCB: ["priority", "target", "value"],
};

/** A zone and the rules that the API holds its records to. */
export class CloudflareZone {
  readonly id: string;
  readonly name: string;
  readonly records = new Map<string, FakeRecord>();
  #made = 0;

  constructor({ id, name }: { readonly id: string; readonly name: string }) {
    this.id = id;
    this.name = name;
  }

  list(query: URLSearchParams): { result: unknown; info: unknown } {
    const page = Number(query.get("page") ?? 1);
    const size = Number(query.get("per_page") ?? 100);
    const records = [...this.records.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const result = records.slice((page - 1) * size, page * size);
    return { result, info: { page, per_page: size, count: result.length, total_count: records.length } };
  }

  create(body: unknown): FakeRecord {
    const id = (++this.#made).toString(16).padStart(32, "0");
    return this.#store(id, body);
  }

  put(id: string, body: unknown): FakeRecord {
    this.#need(id);
    return this.#store(id, body);
  }

  remove(id: string): { id: string } {
    this.#need(id);
    this.records.delete(id);
    return { id };
  }

  #need(id: string): void {
    if (!this.records.has(id)) throw new Refused(404, 81044, "Record does not exist.");
  }

  batch(body: unknown): unknown {
    const { deletes = [], puts = [], posts = [] } = body as Record<string, { id: string }[] | undefined>;
    if (deletes.length + puts.length + posts.length > MAX_BATCH)
      throw new Refused(400, 81000, `A batch may have ${MAX_BATCH} operations`);
    const before = [...this.records];
    try {
      return {
        deletes: deletes.map(({ id }) => this.remove(id)),
        puts: puts.map(({ id, ...record }) => this.put(id, record)),
        posts: posts.map((record) => this.create(record)),
      };
    } catch (error) {
      this.records.clear();
      for (const [id, record] of before) this.records.set(id, record);
      throw error;
    }
  }

  #store(id: string, body: unknown): FakeRecord {
    const { name, type, ttl = 1, proxied = false, comment = null, priority, data, content } = body as FakeRecord;
    if (typeof name !== "string" || typeof type !== "string")
      throw new Refused(400, 9005, "A record needs a name and a type");
    if (name !== this.name && !name.endsWith(`.${this.name}`)) throw new Refused(400, 9001, "DNS name is invalid.");
    if (ttl !== 1 && (ttl < 60 || ttl > 86_400))
      throw new Refused(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.");
    if (comment !== null && comment.length > MAX_COMMENT)
      throw new Refused(400, 9311, `Comments are at most ${MAX_COMMENT} characters.`);
    if (proxied && !ADDRESS_TYPES.includes(type)) throw new Refused(400, 9004, "This record type cannot be proxied.");
    const record: FakeRecord = {
      id,
      name,
      type,
      content: contentOf(type, content, data),
      ttl,
      proxied,
      comment,
      ...(type === "MX" ? { priority: need(priority, "priority") as number } : {}),
      ...(data ? { data } : {}),
    };
    this.#checkBeside(record);
    this.records.set(id, record);
    return record;
  }

  #checkBeside(record: FakeRecord): void {
    const beside = [...this.records.values()].filter(({ id, name }) => id !== record.id && name === record.name);
    const same = beside.find(
      ({ type, content, priority }) =>
        type === record.type && content === record.content && priority === record.priority,
    );
    if (same) throw new Refused(400, 81058, "An identical record already exists.");
    const isExclusive = (type: string) => type === "CNAME";
    if (
      beside.some(
        ({ type }) =>
          isExclusive(type) !== isExclusive(record.type) &&
          ADDRESS_TYPES.includes(type) &&
          ADDRESS_TYPES.includes(record.type),
      )
    )
      throw new Refused(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
  }
}

/** Types with parts have them as content too, which the API makes of them. */
function contentOf(type: string, content: string | undefined, data: Record<string, unknown> | undefined): string {
  const parts = PARTS[type];
  if (!parts) return need(content, "content") as string;
  const values = parts.map((part) => need(data?.[part], `data.${part}`));
  return values.map((value, i) => (type === "CAA" && i === 2 ? `"${value}"` : String(value))).join(" ");
}

function need(value: unknown, field: string): unknown {
  if (value === undefined || value === null || value === "") throw new Refused(400, 9100, `${field} is required`);
  return value;
}
