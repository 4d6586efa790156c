/** An alarm ends when so many observations in a row were within. */
const CALM_ROW = 10;

/** Three sigma of the last observations: what a detector has to be better than. */
export class SlidingSigma {
  readonly #kept: Float64Array;
  #seen = 0;
  #sum = 0;
  #squares = 0;
  #calm = CALM_ROW;

  constructor(length: number) {
    this.#kept = new Float64Array(length);
  }

  observe(_at: number, value: number): { readonly anomaly: boolean } {
    const length = this.#kept.length;
    const mean = this.#sum / length;
    const sigma = Math.sqrt(Math.max(0, this.#squares / length - mean ** 2));
    const isOut = this.#seen >= length && Math.abs(value - mean) > 3 * sigma;
    this.#calm = isOut ? 0 : this.#calm + 1;
    const place = this.#seen % length;
    const old = this.#kept[place] ?? 0;
    this.#sum += value - old;
    this.#squares += value ** 2 - old ** 2;
    this.#kept[place] = value;
    this.#seen += 1;
    return { anomaly: this.#calm < CALM_ROW };
  }
}
