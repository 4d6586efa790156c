/** An expected round trip from the edge that takes a client's request to a region. */
export interface Estimate {
  readonly ms: number;
  /** Standard deviation of `ms` as an estimate, not of single requests. Milliseconds. */
  readonly deviationMs: number;
  /** The samples behind it, decayed by age; 0 when nothing was learned. */
  readonly samples: number;
  /**
   * `learned`: by the edges, blended with what is below. `colo`: from the colo's row of the table. `vantages`: reckoned
   * from measurements elsewhere. `mean`: the place is unknown.
   */
  readonly source: "learned" | "colo" | "vantages" | "mean";
}
