/** What is usual in the traffic of a region, or of all (`global`), and what is not. */
export interface AnomalyDetectorApi {
  /** To be replaced by the telemetry. */
  ping(): Promise<null>;
}
