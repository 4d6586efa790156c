import type { Ip } from "../../src/base/ip.ts";
import type { Query } from "../../src/dns/query.ts";
import { SERVFAIL } from "../../src/dns/rcode.ts";
import type { Place } from "../../src/geo/place.ts";
import { Authority, type Told } from "../../src/geodns/authority.ts";
import { dnsClient } from "../../src/geodns/client.ts";
import type { Snapshot } from "../../src/table/snapshot.ts";
import { type SnapshotDeps, type SnapshotHealth, SnapshotSource } from "../snapshot-source.ts";
import { ResponseSigner, type ResponseSignerDeps } from "./response-signer.ts";

/** All that the DNS plane needs from outside, passed in. */
export interface DnsDeps extends SnapshotDeps {
  readonly countryByIp: (ip: Ip) => string | null;
  readonly signing: Omit<ResponseSignerDeps, "now" | "coloCache">;
}

/** What one isolate of the DNS plane knows. */
export class NameServer {
  readonly #deps: DnsDeps;
  readonly #source: SnapshotSource;
  readonly #signer: ResponseSigner;
  #current: { readonly snapshot: Snapshot; readonly authority: Authority } | null = null;

  constructor(deps: DnsDeps) {
    this.#deps = deps;
    this.#source = new SnapshotSource(deps, "dns");
    this.#signer = new ResponseSigner({ ...deps.signing, coloCache: deps.coloCache, now: deps.now });
  }

  get health(): SnapshotHealth {
    return this.#source.health;
  }

  /** Who answers from now; `null` when no table has ever been read. At once in the steady state. */
  authority(background: (work: Promise<unknown>) => void): Authority | Promise<Authority | null> {
    const snapshot = this.#source.get(background);
    if (snapshot instanceof Promise)
      return snapshot.then((value) => (value === null ? null : this.#authorityOf(value)));
    return this.#authorityOf(snapshot);
  }

  /** `asker` is where the query comes from; a client that the query names counts in its place. */
  tell(authority: Authority, query: Query, asker: Place): Told {
    const { now, random, countryByIp } = this.#deps;
    const client = dnsClient(query.edns?.subnet ?? null, asker, countryByIp);
    return authority.answer(query, client, now(), random.unit());
  }

  /** The same with its signatures, where they are wanted; nobody keeps that they could not be made. */
  async sign(told: Told, background: (work: Promise<unknown>) => void): Promise<Told> {
    const response = await this.#signer.sign(told.response, background);
    return { ...told, response, maxAgeSeconds: response.rcode === SERVFAIL ? 0 : told.maxAgeSeconds };
  }

  #authorityOf(snapshot: Snapshot): Authority {
    if (this.#current?.snapshot !== snapshot) this.#current = { snapshot, authority: new Authority(snapshot) };
    return this.#current.authority;
  }
}
