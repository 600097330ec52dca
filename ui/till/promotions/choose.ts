// Promotions made ready, and which of them apply together when not all may.

import { flat, whyNot } from "./conditions.ts";
import { bundles, buyThisGetThat, ofEvery } from "./deals.ts";
import { deliveries, prices, rewards, tiers, wholeLines } from "./effects.ts";
import type { Act } from "./effects.ts";
import { MOST, moment, sum } from "./numbers.ts";
import { Run } from "./reading.ts";
import type { Reading, Room } from "./reading.ts";
import { NO_FACTS } from "./types.ts";
import type { Amounts, Condition, Effect, House, Promotion, Why } from "./types.ts";

export const MOST_SETS = 64;
export const MOST_LINES = 3_200;
type Ranks = readonly number[];

const actOf = (effect: Effect): Act => {
  switch (effect.type) {
    case "price":
      return prices(effect);
    case "amount":
      return effect.each ? prices(effect) : wholeLines(effect);
    case "percent":
      return wholeLines(effect);
    case "tiered":
      return tiers(effect);
    case "cheapest-free":
      return ofEvery(effect);
    case "buy-get":
      return effect.get_on ? buyThisGetThat(effect, effect.get_on) : ofEvery(effect);
    case "bundle":
      return bundles(effect);
    case "delivery":
      return deliveries(effect);
    default:
      return rewards(effect);
  }
};

const amountsOfCondition = (condition: Condition): readonly (Amounts | undefined)[] => {
  switch (condition.type) {
    case "all":
    case "any":
      return condition.of.flatMap(amountsOfCondition);
    case "not":
      return amountsOfCondition(condition.of);
    case "amount":
      return [condition.at_least, condition.at_most];
    default:
      return [];
  }
};

const amountsOfEffect = (effect: Effect): readonly (Amounts | undefined)[] => {
  switch (effect.type) {
    case "amount":
      return [effect.amount];
    case "price":
    case "bundle":
      return [effect.price];
    case "points":
      return [effect.per];
    case "delivery":
      return [effect.amount, effect.price];
    case "tiered":
      return effect.tiers.flatMap((tier) => [tier.amount_from, tier.amount]);
    default:
      return [];
  }
};

/** One promotion made ready; `rank` is its place in the order. */
export class Rule {
  readonly promotion: Promotion;
  readonly rank: number;
  readonly conditions: readonly [string, Condition][];
  readonly acts: readonly Act[];
  readonly needsGoods: boolean;
  readonly hasLines: boolean;
  readonly alone: boolean;
  private readonly amounts: readonly Amounts[];

  constructor(promotion: Promotion, rank: number) {
    this.promotion = promotion;
    this.rank = rank;
    this.conditions = flat(promotion.conditions ?? []);
    this.acts = promotion.effects.map(actOf);
    this.needsGoods = this.acts.every((act) => act.goods.length > 0);
    this.hasLines = promotion.stacking === "lines";
    this.alone = promotion.stacking === "alone";
    this.amounts = [
      promotion.caps?.order,
      promotion.caps?.line,
      ...(promotion.conditions ?? []).flatMap(amountsOfCondition),
      ...promotion.effects.flatMap(amountsOfEffect),
    ].filter((amounts): amounts is Amounts => amounts !== undefined && Object.keys(amounts).length > 0);
  }

  /** Whether any of the goods that it acts on are there. */
  touched(reading: Reading): boolean {
    return !this.needsGoods || this.acts.some((act) => act.goods.some((goods) => reading.places(goods).length > 0));
  }

  whyNot(reading: Reading): Why | null {
    const { basket } = reading;
    const { key, valid_from: from, valid_to: until } = this.promotion;
    if (from && moment(basket.at) < moment(from)) return ["not-yet", { from }];
    if (until && moment(basket.at) >= moment(until)) return ["over", { until }];
    if (this.promotion.needs_code && !Object.hasOwn(basket.codes ?? {}, key)) return ["code-needed", NO_FACTS];
    if (basket.used_up?.includes(key)) return ["used-up", NO_FACTS];
    if (this.amounts.some((amounts) => !Object.hasOwn(amounts, basket.currency)))
      return ["other-currency", { currency: basket.currency }];
    for (const [, condition] of this.conditions) {
      const why = whyNot(condition, reading);
      if (why) return why;
    }
    return null;
  }

  room(currency: string, house: House): Room {
    return {
      order: this.promotion.caps?.order?.[currency],
      line: this.promotion.caps?.line?.[currency],
      houseLine: house.most_of_line ?? undefined,
      houseOrder: house.most_of_order ?? undefined,
    };
  }
}

/** Of two sets that take off as much, first comes the one with the first promotion that the other lacks. */
const compareRanks = (a: Ranks, b: Ranks): number => {
  for (let index = 0; index < Math.min(a.length, b.length); index += 1)
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  return b.length - a.length;
};

/** The candidates of one basket, and what each and each set of them takes off. */
export class Contest {
  readonly reading: Reading;
  readonly rules: ReadonlyMap<number, Rule>;
  private readonly rooms = new Map<number, Room>();
  private readonly alone = new Map<number, number>();
  private readonly touching = new Map<number, ReadonlySet<number>>();
  private readonly steps: readonly [rank: number, act: Act][];

  constructor(reading: Reading, candidates: readonly Rule[], house: House) {
    this.reading = reading;
    this.rules = new Map(candidates.map((rule) => [rule.rank, rule]));
    for (const rule of candidates) this.rooms.set(rule.rank, rule.room(reading.basket.currency, house));
    this.steps = candidates
      .flatMap((rule) => rule.acts.map((act, index) => ({ act, index, rank: rule.rank })))
      .sort((a, b) => a.act.stage - b.act.stage || a.rank - b.rank || a.index - b.index)
      .map(({ act, rank }) => [rank, act]);
  }

  run(ranks: Ranks): Run {
    const run = new Run(this.reading);
    for (const rank of ranks)
      if (this.rules.get(rank)!.hasLines)
        for (const place of this.touches(rank)) if (!run.holders.has(place)) run.holders.set(place, rank);
    const chosen = new Set(ranks);
    for (const [rank, act] of this.steps) if (chosen.has(rank)) act.act(run, rank, this.rooms.get(rank)!);
    return run;
  }

  value(run: Run): number {
    const { currency } = this.reading.basket;
    const worth = [...run.rewards].map((rank) => this.rules.get(rank)!.promotion.worth?.[currency] ?? 0);
    return Math.min(sum([...run.totals.values()]) + sum(worth), MOST);
  }

  /** What one takes off by itself; -1 when it does nothing. */
  byItself(rank: number): number {
    let value = this.alone.get(rank);
    if (value === undefined) {
      const run = this.run([rank]);
      value = run.totals.get(rank) || run.rewards.has(rank) ? this.value(run) : -1;
      this.alone.set(rank, value);
    }
    return value;
  }

  /** The lines that one would reduce. */
  touches(rank: number): ReadonlySet<number> {
    let places = this.touching.get(rank);
    if (places === undefined) {
      const acts = this.rules.get(rank)!.acts.filter((act) => !act.gives);
      places = new Set(acts.flatMap((act) => act.goods.flatMap((goods) => this.reading.places(goods))));
      this.touching.set(rank, places);
    }
    return places;
  }

  chosen(): Ranks {
    const rules = [...this.rules.values()];
    const alone = rules.filter((rule) => rule.alone && this.byItself(rule.rank) >= 0).map((rule) => rule.rank);
    let others = rules.filter((rule) => !rule.alone).map((rule) => rule.rank);
    if (alone.length) others = others.filter((rank) => this.byItself(rank) >= 0);
    return this.best(this.sets(others, this.options(others), alone));
  }

  private best(sets: readonly Ranks[]): Ranks {
    if (sets.length === 1) return sets[0]!;
    const valued = sets.map((ranks) => ({ ranks, value: this.value(this.run(ranks)) }));
    return valued.sort((a, b) => b.value - a.value || compareRanks(a.ranks, b.ranks))[0]!.ranks;
  }

  private options(others: Ranks): readonly (readonly Ranks[])[] {
    const optional = others.filter((rank) => this.rules.get(rank)!.hasLines && this.meets(rank, others));
    const groups = new Map<string, number[]>();
    for (const rank of others) {
      const group = this.rules.get(rank)!.promotion.group ?? null;
      if (group !== null) groups.set(group, [...(groups.get(group) ?? []), rank]);
    }
    const options: Ranks[][] = [];
    const decided = new Set<number>();
    for (const members of groups.values()) {
      if (members.length < 2) continue;
      const effective = members.filter((rank) => this.byItself(rank) >= 0);
      const useful = effective.length ? effective : members.slice(0, 1);
      for (const rank of members) decided.add(rank);
      const choices: Ranks[] = useful.map((rank) => [rank]);
      if (useful.some((rank) => optional.includes(rank))) choices.push([]);
      options.push(choices);
    }
    for (const rank of optional) if (!decided.has(rank)) options.push([[rank], []]);
    return options;
  }

  private meets(rank: number, others: Ranks): boolean {
    const mine = this.touches(rank);
    return others.some((other) => other !== rank && [...this.touches(other)].some((place) => mine.has(place)));
  }

  private sets(others: Ranks, options: readonly (readonly Ranks[])[], alone: Ranks): readonly Ranks[] {
    const contested = new Set(options.flat(2));
    const groups = new Set([...contested].map((rank) => this.rules.get(rank)!.promotion.group ?? null));
    groups.delete(null);
    const settled = others.filter(
      (rank) => !contested.has(rank) && !groups.has(this.rules.get(rank)!.promotion.group ?? null),
    );
    const count = options.reduce((all, choices) => all * choices.length, 1) + alone.length;
    const together =
      count > MOST_SETS || count * this.reading.lines.length > MOST_LINES
        ? [this.greedy(others)]
        : options
            .reduce<Ranks[]>((sets, choices) => sets.flatMap((ranks) => choices.map((choice) => [...ranks, ...choice])), [settled])
            .map((ranks) => [...ranks].sort((a, b) => a - b));
    return [...together.filter((ranks) => ranks.length || !alone.length), ...alone.map((rank) => [rank])];
  }

  private greedy(others: Ranks): Ranks {
    const groups = new Set<string>();
    const kept: number[] = [];
    for (const rank of [...others].sort((a, b) => this.byItself(b) - this.byItself(a) || a - b)) {
      const { promotion, hasLines } = this.rules.get(rank)!;
      if (typeof promotion.group === "string" && groups.has(promotion.group)) continue;
      if (hasLines && this.meets(rank, kept)) continue;
      if (typeof promotion.group === "string") groups.add(promotion.group);
      kept.push(rank);
    }
    return kept.sort((a, b) => a - b);
  }
}
