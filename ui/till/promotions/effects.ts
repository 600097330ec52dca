// What effects do, but for deals: prices, shares and amounts of goods, charges for delivery, and what is given.

import { allocate, MOST, share, sum, times, whole } from "./numbers.ts";
import type { Reading, Room, Run, Share } from "./reading.ts";
import { EVERYTHING, NO_FACTS } from "./types.ts";
import type { AmountOff, DeliveryOff, Facts, FixedPrice, Goods, PercentOff, Reward, Tier, Tiered, Why } from "./types.ts";

export interface Act {
  readonly stage: number;
  readonly goods: readonly Goods[];
  readonly gives: boolean;
  act(run: Run, rank: number, room: Room): void;
  whyNot(reading: Reading): Why;
  lacking?(reading: Reading): number;
}

export const NO_EFFECT: Why = ["no-effect", NO_FACTS];

export const prices = (effect: FixedPrice | AmountOff): Act => {
  const on = effect.on ?? EVERYTHING;
  return {
    stage: 1,
    goods: [on],
    gives: false,
    act(run, rank, room) {
      const { basket, lines } = run.reading;
      const { currency } = basket;
      const shares = run.open(rank, on).flatMap((place): Share[] => {
        const units = lines[place]!.quantity;
        const base = run.left[place]!;
        const price = effect.type === "price" ? (effect.price[currency] ?? base) : 0;
        const each = effect.type === "amount" ? (effect.amount[currency] ?? 0) : 0;
        const amount = effect.type === "price" ? Math.max(0, base - units * price) : Math.min(base, units * each);
        const facts: Facts = effect.type === "price" ? { price } : { each };
        return amount ? [{ place, amount, units, facts: { ...facts, base, units, currency } }] : [];
      });
      run.take(rank, room, effect.type === "price" ? "promotion-price" : "promotion-each", shares);
    },
    whyNot: () => NO_EFFECT,
  };
};

export const wholeLines = (effect: PercentOff | AmountOff): Act => {
  const on = effect.on ?? EVERYTHING;
  return {
    stage: 3,
    goods: [on],
    gives: false,
    act(run, rank, room) {
      const places = run.open(rank, on);
      if (effect.type === "percent") run.take(rank, room, "promotion-percent", percentOf(run, places, effect.percent, {}));
      else {
        const most = effect.amount[run.reading.basket.currency] ?? 0;
        run.take(rank, room, "promotion-shared", sharedOut(run, places, most, {}));
      }
    },
    whyNot: () => NO_EFFECT,
  };
};

export interface TieredAct extends Act {
  readonly byAmount: boolean;
  /** How much or how many there is, the tier that holds, and the next: its number, and from where on it holds. */
  reached(reading: Reading): { have: number; found: Tier | undefined; next: [index: number, from: number] | undefined };
}

export const tiers = (effect: Tiered): TieredAct => {
  const on = effect.on ?? EVERYTHING;
  const byAmount = effect.by === "amount";
  const start = (tier: Tier, currency: string): number =>
    byAmount ? (tier.amount_from?.[currency] ?? 0) : tier.quantity_from || 1;
  return {
    stage: 3,
    goods: [on],
    gives: false,
    byAmount,
    reached(reading) {
      const have = byAmount ? reading.amount(on) : reading.units(on);
      let found: Tier | undefined;
      for (const [index, tier] of effect.tiers.entries()) {
        const from = start(tier, reading.basket.currency);
        if (have < from) return { have, found, next: [index, from] };
        found = tier;
      }
      return { have, found, next: undefined };
    },
    act(run, rank, room) {
      const { found } = this.reached(run.reading);
      if (!found) return;
      const { currency } = run.reading.basket;
      const places = run.open(rank, on);
      const more = { [byAmount ? "amount_from" : "units_from"]: start(found, currency) };
      if (typeof found.percent === "number")
        run.take(rank, room, "promotion-tier", percentOf(run, places, found.percent, more));
      else
        run.take(rank, room, "promotion-tier-shared", sharedOut(run, places, found.amount?.[currency] ?? 0, more));
    },
    whyNot(reading) {
      const { have, found, next } = this.reached(reading);
      if (found || !next) return NO_EFFECT;
      const facts = { need: next[1], have, lacking: next[1] - have };
      return byAmount
        ? ["amount-too-low", { ...facts, currency: reading.basket.currency }]
        : ["too-few", facts];
    },
  };
};

const percentOf = (run: Run, places: readonly number[], rate: number, more: Facts): readonly Share[] => {
  const { lines, basket } = run.reading;
  return places.flatMap((place): Share[] => {
    const base = run.left[place]!;
    const amount = share(base, rate);
    const facts = { rate, base, currency: basket.currency, ...more };
    return amount ? [{ place, amount, units: lines[place]!.quantity, facts }] : [];
  });
};

const sharedOut = (run: Run, places: readonly number[], most: number, more: Facts): readonly Share[] => {
  const { lines, basket } = run.reading;
  const weights = places.map((place) => run.left[place]!);
  const goods = sum(weights);
  const total = Math.min(most, goods);
  if (!total) return [];
  const parts = allocate(total, weights);
  return places.flatMap((place, index): Share[] => {
    const facts = { total, goods, currency: basket.currency, ...more, base: weights[index]! };
    return parts[index] ? [{ place, amount: parts[index], units: lines[place]!.quantity, facts }] : [];
  });
};

export const deliveries = (effect: DeliveryOff): Act => {
  const hasPrice = Object.keys(effect.price ?? {}).length > 0;
  const meant = (method: string): boolean => !effect.methods?.length || effect.methods.includes(method);
  const amounts = (charges: readonly number[], currency: string): [readonly number[], Facts] => {
    if (typeof effect.percent === "number") {
      const rate = effect.percent;
      return [charges.map((charge) => share(charge, rate)), { rate }];
    }
    if (hasPrice) {
      const price = effect.price?.[currency] ?? MOST;
      return [charges.map((charge) => Math.max(0, charge - price)), { price }];
    }
    const total = Math.min(effect.amount?.[currency] ?? 0, sum(charges));
    return [total ? allocate(total, charges) : charges.map(() => 0), { total }];
  };
  const kind = typeof effect.percent === "number" ? "percent" : hasPrice ? "price" : "shared";
  return {
    stage: 4,
    goods: [],
    gives: false,
    act(run, rank, room) {
      const { currency } = run.reading.basket;
      const places = run.reading.deliveries.flatMap(({ method }, place) => (meant(method) ? [place] : []));
      const [parts, facts] = amounts(
        places.map((place) => run.charges[place]!),
        currency,
      );
      const shares = places.flatMap((place, index): Share[] =>
        parts[index]
          ? [{ place, amount: parts[index], units: 1, facts: { ...facts, base: run.charges[place]!, currency } }]
          : [],
      );
      run.takeDelivery(rank, room, `promotion-delivery-${kind}`, shares);
    },
    whyNot: (reading) =>
      reading.deliveries.some(({ method }) => meant(method)) ? NO_EFFECT : ["no-delivery", NO_FACTS],
  };
};

/** How many points, of what the goods cost after all promotions, and why. */
export const pointsOf = (effect: Extract<Reward, { type: "points" }>, run: Run): [number, Facts] => {
  const places = run.reading.places(effect.on ?? EVERYTHING);
  if (!Object.keys(effect.per ?? {}).length) return [places.length ? effect.points : 0, { points_each: effect.points }];
  const { currency } = run.reading.basket;
  const goods = sum(places.map((place) => run.left[place]!));
  const per = effect.per?.[currency] ?? 0;
  const count = per ? whole(goods, per) : 0;
  return [times(effect.points, count), { points_each: effect.points, per, goods, currency }];
};

export const rewards = (effect: Reward): Act => ({
  stage: 5,
  goods: effect.type === "points" ? [effect.on ?? EVERYTHING] : [],
  gives: true,
  act(run, rank) {
    if (effect.type !== "points" || pointsOf(effect, run)[0]) run.rewards.add(rank);
  },
  whyNot: () => NO_EFFECT,
});

