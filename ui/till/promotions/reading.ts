// A basket read once, in an order of its own; which lines a selection means; what is left while promotions act.

import { allocate, compareTexts, cutOff, MOST, MOST_UNITS, sum, whole } from "./numbers.ts";
import type { Basket, BasketDelivery, BasketLine, Facts, Goods, Selection, Step } from "./types.ts";

const named = (goods: Selection): boolean =>
  Boolean(goods.variants?.length || goods.products?.length || goods.categories?.length);

const hasWords = (goods: Selection): boolean => named(goods) || Object.keys(goods.attributes ?? {}).length > 0;

/** Whether a selection means a line. */
export const means = (goods: Goods, line: BasketLine): boolean => {
  if (
    named(goods) &&
    !goods.variants?.includes(line.variant) &&
    !goods.products?.includes(line.product) &&
    !line.categories?.some((category) => goods.categories?.includes(category))
  )
    return false;
  for (const [name, values] of Object.entries(goods.attributes ?? {}))
    if (!line.attributes?.[name]?.some((value) => values.includes(value))) return false;
  if (goods.reduced === false && line.reduced) return false;
  return !(goods.without && hasWords(goods.without) && means(goods.without, line));
};

export class Reading {
  readonly basket: Basket;
  readonly lines: readonly BasketLine[];
  readonly deliveries: readonly BasketDelivery[];
  readonly costs: readonly number[];
  private readonly found = new Map<Goods, readonly number[]>();

  constructor(basket: Basket) {
    this.basket = basket;
    this.lines = [...(basket.lines ?? [])].sort(
      (a, b) => compareTexts(a.variant, b.variant) || compareTexts(a.id, b.id),
    );
    this.deliveries = [...(basket.deliveries ?? [])].sort((a, b) => compareTexts(a.id, b.id));
    this.costs = this.lines.map((line) => line.quantity * line.unit);
    this.sound();
  }

  places(goods: Goods): readonly number[] {
    let places = this.found.get(goods);
    if (places === undefined) {
      places = this.lines.flatMap((line, place) => (means(goods, line) ? [place] : []));
      this.found.set(goods, places);
    }
    return places;
  }

  amount(goods: Goods): number {
    return sum(this.places(goods).map((place) => this.costs[place]!));
  }

  units(goods: Goods): number {
    return sum(this.places(goods).map((place) => this.lines[place]!.quantity));
  }

  private sound(): void {
    const charges = this.deliveries.map((delivery) => delivery.amount);
    const unsound =
      this.lines.some((line) => line.quantity < 1 || line.quantity > MOST_UNITS || line.unit < 0) ||
      charges.some((charge) => charge < 0) ||
      sum(this.costs) + sum(charges) > MOST ||
      new Set(this.lines.map((line) => line.id)).size < this.lines.length ||
      new Set(this.deliveries.map((delivery) => delivery.id)).size < this.deliveries.length;
    if (unsound) throw new RangeError("a basket that cannot be");
  }
}

export interface Share {
  readonly place: number;
  readonly amount: number;
  readonly units: number;
  readonly facts: Facts;
}

export interface Room {
  readonly order: number | undefined;
  readonly line: number | undefined;
  readonly houseLine: number | undefined;
  readonly houseOrder: number | undefined;
}

export interface Taken {
  readonly rank: number;
  readonly place: number;
  amount: number;
  units: number;
  readonly steps: Step[];
}

type Fall = { readonly code: string; readonly facts: Facts; readonly less: number };
type Cut = Map<number, Fall>;

/** One set of promotions acting on one basket: nothing goes below nothing, and caps only take away. */
export class Run {
  readonly reading: Reading;
  readonly left: number[];
  readonly charges: number[];
  readonly used: number[];
  readonly holders = new Map<number, number>();
  readonly totals = new Map<number, number>();
  readonly offLines = new Map<string, Taken>();
  readonly offDeliveries = new Map<string, Taken>();
  readonly rewards = new Set<number>();
  private worths: readonly number[] | undefined;

  constructor(reading: Reading) {
    this.reading = reading;
    this.left = [...reading.costs];
    this.charges = reading.deliveries.map((delivery) => delivery.amount);
    this.used = this.left.map(() => 0);
  }

  /** The lines of a selection that a promotion may act on. */
  open(rank: number, goods: Goods): readonly number[] {
    return this.reading.places(goods).filter((place) => (this.holders.get(place) ?? rank) === rank);
  }

  /** What one unit of each line costs in a deal: after prices were set, before the first deal. */
  worth(): readonly number[] {
    this.worths ??= this.left.map((left, place) => whole(left, this.reading.lines[place]!.quantity));
    return this.worths;
  }

  take(rank: number, room: Room, code: string, wanted: readonly Share[]): void {
    const cuts: Cut[] = [];
    const { costs } = this.reading;
    let shares = wanted;
    if (room.line !== undefined) {
      const most = room.line;
      const rooms = shares.map((each) => most - (this.offLines.get(`${rank} ${each.place}`)?.amount ?? 0));
      shares = cutEach(shares, rooms, "promotion-capped-line", { most }, cuts);
    }
    shares = this.cutToOrder(rank, room, shares, cuts);
    if (room.houseLine !== undefined) {
      const rate = room.houseLine;
      const rooms = shares.map(
        ({ place }) => cutOff(costs[place]!, rate, 1_000_000) - (costs[place]! - this.left[place]!),
      );
      shares = cutEach(shares, rooms, "promotion-capped-house-line", { rate }, cuts);
    }
    if (room.houseOrder !== undefined) {
      const rate = room.houseOrder;
      const goods = sum(costs);
      const left = cutOff(goods, rate, 1_000_000) - (goods - sum(this.left));
      shares = cutTogether(shares, left, "promotion-capped-house-order", { rate }, cuts);
    }
    for (const each of shares) {
      this.left[each.place]! -= each.amount;
      this.note(this.offLines, rank, code, each, cuts);
    }
  }

  takeDelivery(rank: number, room: Room, code: string, wanted: readonly Share[]): void {
    const cuts: Cut[] = [];
    for (const each of this.cutToOrder(rank, room, wanted, cuts)) {
      this.charges[each.place]! -= each.amount;
      this.note(this.offDeliveries, rank, code, each, cuts);
    }
  }

  private cutToOrder(rank: number, room: Room, shares: readonly Share[], cuts: Cut[]): readonly Share[] {
    if (room.order === undefined) return shares;
    const left = room.order - (this.totals.get(rank) ?? 0);
    return cutTogether(shares, left, "promotion-capped-order", { most: room.order }, cuts);
  }

  private note(taken: Map<string, Taken>, rank: number, code: string, share: Share, cuts: readonly Cut[]): void {
    if (share.amount === 0) return;
    const key = `${rank} ${share.place}`;
    const there = taken.get(key) ?? { rank, place: share.place, amount: 0, units: 0, steps: [] };
    taken.set(key, there);
    there.amount += share.amount;
    there.units = Math.max(there.units, share.units);
    this.totals.set(rank, (this.totals.get(rank) ?? 0) + share.amount);
    const less = cuts.flatMap((cut) => cut.get(share.place) ?? []);
    const amount = share.amount + sum(less.map((fall) => fall.less));
    there.steps.push({ code, facts: { ...share.facts, amount } });
    const { currency } = this.reading.basket;
    for (const fall of less) there.steps.push({ code: fall.code, facts: { ...fall.facts, less: fall.less, currency } });
  }
}

const cutTo = (
  shares: readonly Share[],
  amounts: readonly number[],
  code: string,
  facts: Facts,
  cuts: Cut[],
): readonly Share[] => {
  const cut: Cut = new Map();
  shares.forEach((each, index) => {
    const less = each.amount - amounts[index]!;
    if (less > 0) cut.set(each.place, { code, facts, less });
  });
  cuts.push(cut);
  return shares.map((each, index) => ({ ...each, amount: amounts[index]! }));
};

const cutEach = (
  shares: readonly Share[],
  rooms: readonly number[],
  code: string,
  facts: Facts,
  cuts: Cut[],
): readonly Share[] => {
  const amounts = shares.map((each, index) => Math.max(0, Math.min(each.amount, rooms[index]!)));
  return cutTo(shares, amounts, code, facts, cuts);
};

const cutTogether = (
  shares: readonly Share[],
  room: number,
  code: string,
  facts: Facts,
  cuts: Cut[],
): readonly Share[] => {
  const wanted = shares.map((each) => each.amount);
  if (sum(wanted) <= room) return shares;
  return cutTo(shares, room > 0 ? allocate(room, wanted) : wanted.map(() => 0), code, facts, cuts);
};
