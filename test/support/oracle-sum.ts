/** Neumaier's sum: exact to the last digit or so, whatever the order. */
export class CompensatedSum {
  #sum = 0;
  #lost = 0;

  add(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  total(): number {
    return this.#sum + this.#lost;
  }
}
