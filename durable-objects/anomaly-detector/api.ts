import type { AnomalyEvent } from "../../src/shield/anomaly/event.ts";
import type { OpenAttack } from "../../src/shield/traffic/open-attack.ts";
import type { Refused } from "../../src/shield/traffic/refusals.ts";
import type { TrafficCounters } from "../../src/shield/traffic/traffic-detector.ts";
import type { LimitCount, TrafficSecond } from "../../src/shield/traffic/traffic-second.ts";

/** One series of a service in the last second that was judged. */
export interface SeriesStatus {
  /** `total`, or a dimension of the requests. */
  readonly dimension: string;
  /** `rest` is what has no series of its own. */
  readonly value: string;
  /** Requests a second. */
  readonly rate: number;
  /** `null` while there is nothing to go by. */
  readonly expected: number | null;
  readonly sigmas: number;
  /** Seconds that it has been observed. */
  readonly age: number;
  /** Whether it is old enough to call anything an anomaly. */
  readonly mayAct: boolean;
  readonly event: AnomalyEvent | null;
}

export interface ServiceStatus {
  readonly service: string;
  readonly attack: OpenAttack | null;
  /** The total first. */
  readonly series: readonly SeriesStatus[];
}

export interface AnomalyStatus extends TrafficCounters {
  readonly scope: string;
  readonly services: readonly ServiceStatus[];
  /** In the last minute that was judged, since the object was started. */
  readonly refused: Refused;
  /** What each limit did in the last hour, since the object was started. One of the version before does not tell. */
  readonly limits?: readonly LimitCount[];
}

/** What is usual in the traffic of a region, or of all (`global`), and what is not. */
export interface AnomalyDetectorApi {
  /** What one colo was asked in the last seconds, each request told once. What cannot be so is passed over. */
  countTraffic(seconds: readonly TrafficSecond[]): Promise<void>;
  status(): Promise<AnomalyStatus>;
}
