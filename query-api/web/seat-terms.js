// On which terms an event is sold, as the server tells of it: prices with the fee in them.

/** What is on sale, and for how much. */
export class Terms {
  #prices;

  /** @param {object} event the body of `/v1/events/{id}` */
  constructor(event, isOpen = event.phase === 'on_sale') {
    this.event = event.event_id;
    this.isOpen = isOpen;
    this.limit = event.limit_per_buyer ?? Infinity;
    this.fee = event.fee?.amount ?? 0;
    this.currency = event.prices[0]?.price.currency;
    this.accessible = new Set(event.accessible_categories ?? []);
    this.#prices = new Map(event.prices.map(({ category, price }) => [category, price.amount + this.fee]));
  }

  /** What a ticket of a category costs, its fee included; nothing if it is not on sale. */
  priceOf(category) {
    const amount = this.#prices.get(category);
    return amount === undefined ? undefined : { amount, currency: this.currency };
  }

  /** What tickets of these categories cost together: `{sum, fees}`. */
  total(categories) {
    const amount = categories.reduce((sum, category) => sum + (this.#prices.get(category) ?? 0), 0);
    return { sum: { amount, currency: this.currency }, fees: { amount: this.fee * categories.length, currency: this.currency } };
  }
}
