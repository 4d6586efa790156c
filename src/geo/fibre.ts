import { coloOf } from "./colos.ts";
import { distanceKm, type Point } from "./distance.ts";

/** A long cable, or a bundle of them, between two junctions, which are named by the colo at them. */
export interface Cable {
  readonly between: readonly [string, string];
  readonly km: number;
}

/** How long the road from one point to another is, in kilometres. */
export type Roads = (to: Point) => number;

/** So near to each other, two points need no long cable. */
const NEIGHBOURHOOD_KM = 400;
/** A point has roads to so many junctions. */
const ENTRIES = 3;
/** Of them, those that are not much farther than the nearest: twice as far and this. */
const ENTRY_DETOUR_KM = 300;

/**
 * Roads along the world's main cables. Great circles mislead where there is no cable: between São Paulo and Cape Town
 * traffic goes by New York and London.
 */
export function fibreRoadsFrom(from: Point): Roads {
  mainNetwork ??= new CableNetwork(mainCables());
  return mainNetwork.roadsFrom(from);
}

/**
 * The systems that carry most traffic, on land and at sea, between neighbouring junctions (TeleGeography, Submarine
 * Cable Map, 2025; ITU, Broadband Map). Each is taken to be as long as its great circle; how much longer it is,
 * measurements say.
 */
export function mainCables(): Cable[] {
  return table
    .trim()
    .split(/\s+/)
    .flatMap((cable): Cable[] => {
      const [a = "", b = ""] = cable.split("-");
      const [from, to] = [coloOf(a), coloOf(b)];
      return from && to ? [{ between: [a, b], km: distanceKm(from, to) }] : [];
    });
}

let mainNetwork: CableNetwork | undefined;

interface Entry {
  /** Index of a junction. */
  readonly junction: number;
  readonly km: number;
}

/** Shortest roads over a set of cables, from and to the junctions near the two points; between neighbours the straight line. */
export class CableNetwork {
  readonly #points: Point[] = [];
  /** By index of the junction at which they begin. */
  readonly #cables: Entry[][] = [];
  /** The lengths of the shortest ways to all junctions, by the one at which they begin, once asked for. */
  readonly #ways: (Float64Array | undefined)[] = [];
  /** The points that roads lead to are few, and regions of a snapshot. */
  readonly #entries = new WeakMap<Point, readonly Entry[]>();

  constructor(cables: readonly Cable[]) {
    const indexes = new Map<string, number>();
    const junction = (code: string): number => {
      const index = indexes.get(code) ?? this.#points.length;
      const colo = coloOf(code);
      if (index < this.#points.length || !colo) return index;
      indexes.set(code, index);
      this.#points.push(colo);
      this.#cables.push([]);
      return index;
    };
    for (const { between, km } of cables) {
      const [a, b] = [junction(between[0]), junction(between[1])];
      this.#cables[a]?.push({ junction: b, km });
      this.#cables[b]?.push({ junction: a, km });
    }
  }

  roadsFrom(from: Point): Roads {
    const entries = this.#entriesOf(from);
    return (to) => {
      const straight = distanceKm(from, to);
      if (straight <= NEIGHBOURHOOD_KM) return straight;
      let shortest = Number.POSITIVE_INFINITY;
      for (const exit of this.#keptEntriesOf(to)) {
        const ways = this.#waysFrom(exit.junction);
        for (const entry of entries) {
          const km = entry.km + (ways[entry.junction] as number) + exit.km;
          if (km < shortest) shortest = km;
        }
      }
      return Number.isFinite(shortest) ? Math.max(straight, shortest) : straight;
    };
  }

  /** The junctions nearest to a point, nearest first. */
  #entriesOf(point: Point): Entry[] {
    const nearest: Entry[] = [];
    this.#points.forEach((junction, i) => {
      const km = distanceKm(point, junction);
      if (nearest.length === ENTRIES && km >= (nearest[ENTRIES - 1] as Entry).km) return;
      nearest.push({ junction: i, km });
      nearest.sort((a, b) => a.km - b.km);
      nearest.length = Math.min(nearest.length, ENTRIES);
    });
    const limit = 2 * (nearest[0]?.km ?? 0) + ENTRY_DETOUR_KM;
    return nearest.filter(({ km }) => km <= limit);
  }

  #keptEntriesOf(point: Point): readonly Entry[] {
    const kept = this.#entries.get(point) ?? this.#entriesOf(point);
    this.#entries.set(point, kept);
    return kept;
  }

  /** E. W. Dijkstra, "A note on two problems in connexion with graphs", 1959. */
  #waysFrom(start: number): Float64Array {
    const kept = this.#ways[start];
    if (kept) return kept;
    const lengths = new Float64Array(this.#points.length).fill(Number.POSITIVE_INFINITY);
    lengths[start] = 0;
    const open = new Set([start]);
    while (open.size > 0) {
      const nearest = [...open].reduce((a, b) => ((lengths[b] as number) < (lengths[a] as number) ? b : a));
      open.delete(nearest);
      for (const { junction, km } of this.#cables[nearest] ?? []) {
        const length = (lengths[nearest] as number) + km;
        if (length >= (lengths[junction] as number)) continue;
        lengths[junction] = length;
        open.add(junction);
      }
    }
    this.#ways[start] = lengths;
    return lengths;
  }
}

const table = `
  ANC-SEA SEA-PDX PDX-SJC SJC-LAX LAX-PHX PHX-DFW SEA-MSP MSP-ORD SJC-SLC PDX-SLC SLC-DEN DEN-ORD DEN-DFW LAX-DEN
  DFW-ATL DFW-ORD DFW-IAH IAH-ATL ORD-EWR ORD-YYZ ORD-IAD YYZ-YUL YUL-EWR YYZ-EWR EWR-IAD IAD-ATL ATL-MIA IAD-MIA
  EWR-BOS BOS-YHZ YUL-YHZ SEA-YVR YVR-YYC YYC-YWG YWG-ORD YWG-YYZ DFW-QRO QRO-MEX MEX-GUA GUA-SJO SJO-PTY
  MIA-PTY MIA-SJU MIA-BOG PTY-BOG PTY-UIO UIO-LIM LIM-SCL SCL-EZE EZE-POA POA-GRU GRU-GIG GIG-FOR FOR-MIA
  FOR-SJU GRU-BSB BSB-FOR GRU-EWR GIG-EWR FOR-LIS PTY-LIM
  EWR-LHR EWR-DUB BOS-DUB YHZ-DUB YHZ-LHR IAD-MAD EWR-CDG EWR-CPH KEF-LHR KEF-CPH KEF-DUB
  DUB-LHR LHR-AMS LHR-CDG AMS-FRA CDG-FRA CDG-MAD CDG-MRS MAD-LIS MAD-MRS LIS-LHR AMS-HAM HAM-FRA HAM-CPH CPH-ARN CPH-OSL
  OSL-ARN ARN-HEL HEL-DME FRA-ZRH ZRH-MXP MXP-MRS MXP-FCO FCO-PMO FRA-PRG PRG-WAW FRA-WAW FRA-MUC MUC-VIE VIE-BUD
  VIE-ZAG ZAG-MXP BUD-BEG BEG-SOF BUD-OTP OTP-SOF SOF-ATH SOF-IST OTP-IST WAW-KBP WAW-RIX RIX-HEL WAW-DME KBP-DME PMO-ATH
  DME-AKX AKX-NQZ NQZ-ALA ALA-FRU DME-NQZ NQZ-KJA KJA-ULN ULN-PKX DME-TBS IST-TBS TBS-GYD
  MRS-ALG MRS-TUN PMO-TUN MRS-CAI PMO-CAI ATH-TLV PMO-TLV TLV-CAI CAI-JED CAI-AMM AMM-JED RUH-DOH
  DOH-DXB RUH-BAH BAH-DXB RUH-KWI KWI-DXB JED-JIB JIB-MCT MCT-DXB DXB-KHI MCT-BOM DXB-BOM KHI-MCT JIB-BOM
  LIS-DKR DKR-ACC DKR-ABJ ABJ-ACC ACC-LOS LOS-LAD LAD-CPT LOS-CPT CPT-JNB JNB-DUR DUR-MPM MPM-MBA MBA-JIB
  MBA-MCT NBO-MBA NBO-EBB DUR-MRU JNB-HRE
  BOM-DEL BOM-MAA BOM-HYD HYD-MAA DEL-CCU CCU-MAA BOM-CMB CMB-MAA CMB-SIN MAA-SIN DAC-CCU DAC-SIN KTM-DEL BKK-SIN
  SIN-KUL KUL-BKK SIN-CGK CGK-PER SIN-PER SIN-SGN SGN-HKG HAN-HKG BKK-SGN SIN-HKG SIN-MNL MNL-HKG MNL-TPE HKG-TPE
  TPE-NRT HKG-NRT HKG-CAN CAN-SHA SHA-PKX SHA-ICN SHA-NRT NRT-KIX KIX-ICN ICN-TPE SIN-NRT TPE-OKA OKA-NRT SIN-GUM
  PER-ADL ADL-MEL MEL-SYD SYD-BNE SYD-AKL SYD-GUM GUM-NRT GUM-MNL GUM-HNL AKL-HNL SYD-HNL SYD-SUV SUV-HNL SYD-NOU
  AKL-LAX SYD-LAX HNL-LAX HNL-PDX NRT-SEA NRT-PDX NRT-LAX TPE-LAX ICN-SEA MNL-LAX HKG-LAX SIN-LAX PPT-HNL LAX-MEX`;
