// The evaluator of promotions for a till that works without a server: docs/promotions.md in TypeScript. It gives what
// torg.promotions.evaluate gives, to the minor unit, with the same steps and reasons; generated cases hold it to that.

import { Contest, Rule } from "./choose.ts";
import { whyNot } from "./conditions.ts";
import { pointsOf } from "./effects.ts";
import type { TieredAct } from "./effects.ts";
import { compareTexts } from "./numbers.ts";
import { Reading } from "./reading.ts";
import type { Run, Taken } from "./reading.ts";
import { NO_FACTS } from "./types.ts";
import type { Basket, House, Outcome, Promotion, Why } from "./types.ts";

type Nearly = Outcome["nearly"][number];
type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** Promotions made ready, to be kept as long as they do not change. */
export class Offers {
  readonly rules: readonly Rule[];
  readonly house: House;

  constructor(promotions: readonly Promotion[], house: House = {}) {
    this.rules = [...promotions]
      .sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || compareTexts(a.key, b.key))
      .map((promotion, rank) => new Rule(promotion, rank));
    this.house = house;
    if (new Set(promotions.map((each) => each.key)).size < promotions.length)
      throw new RangeError("two promotions have the same key");
  }
}

/** What the promotions say of a basket. */
export const evaluate = (basket: Basket, offers: Offers): Outcome => {
  const reading = new Reading(basket);
  const refused = new Map<number, Why>();
  const candidates: Rule[] = [];
  const near: [rank: number, nearly: Nearly][] = [];
  for (const rule of reading.lines.length ? offers.rules : []) {
    if (!rule.touched(reading)) continue;
    const why = rule.whyNot(reading);
    if (why) {
      refused.set(rule.rank, why);
      near.push(...lackingCondition(rule, reading, why));
    } else candidates.push(rule);
  }
  const contest = new Contest(reading, candidates, offers.house);
  const chosen = contest.chosen();
  const run = contest.run(chosen);
  const applied = new Set([...run.totals.keys(), ...run.rewards]);
  for (const rule of candidates) {
    if (!applied.has(rule.rank)) refused.set(rule.rank, whyNotApplied(rule, contest, applied, chosen));
    const reason = refused.get(rule.rank)?.[0];
    if (reason === undefined || reason === "too-few" || reason === "amount-too-low")
      near.push(...lackingEffects(rule, reading));
  }
  near.sort(([a, left], [b, right]) => a - b || compareTexts(left.at, right.at));
  return outcome(run, offers, applied, refused, near.map(([, nearly]) => nearly));
};

const lackingCondition = (rule: Rule, reading: Reading, [reason, facts]: Why): readonly [number, Nearly][] => {
  const what = reason === "amount-too-low" ? "amount" : reason === "too-few" ? "quantity" : undefined;
  if (what === undefined || !facts["have"]) return [];
  const failing = rule.conditions.filter(([, condition]) => whyNot(condition, reading));
  if (failing.length !== 1) return [];
  const lacking = Number(facts["lacking"]);
  return [[rule.rank, { promotion: rule.promotion.key, what, lacking, at: failing[0]![0] }]];
};

const lackingEffects = (rule: Rule, reading: Reading): readonly [number, Nearly][] =>
  rule.acts.flatMap((act, index): [number, Nearly][] => {
    const promotion = rule.promotion.key;
    if (act.lacking) {
      const lacking = act.lacking(reading);
      return lacking ? [[rule.rank, { promotion, what: "quantity", lacking, at: `effects.${index}` }]] : [];
    }
    if (!("reached" in act)) return [];
    const { byAmount, reached } = act as TieredAct;
    const { have, next } = reached(reading);
    if (!next || !have) return [];
    const what = byAmount ? "amount" : "quantity";
    return [[rule.rank, { promotion, what, lacking: next[1] - have, at: `effects.${index}.tiers.${next[0]}` }]];
  });

const whyNotApplied = (rule: Rule, contest: Contest, applied: ReadonlySet<number>, chosen: readonly number[]): Why => {
  const amount = contest.byItself(rule.rank);
  if (amount < 0) return rule.acts[0]?.whyNot(contest.reading) ?? ["no-effect", NO_FACTS];
  const by = rivals(rule, contest, applied);
  return [chosen.includes(rule.rank) ? "nothing-left" : "outweighed", { by, amount }];
};

const rivals = (rule: Rule, contest: Contest, applied: ReadonlySet<number>): readonly string[] => {
  const ranks = [...applied].sort((a, b) => a - b);
  const key = (rank: number): string => contest.rules.get(rank)!.promotion.key;
  const { group } = rule.promotion;
  const same = ranks.filter((rank) => typeof group === "string" && contest.rules.get(rank)!.promotion.group === group);
  if (same.length) return same.map(key);
  const mine = contest.touches(rule.rank);
  const meeting = ranks.filter((rank) => [...contest.touches(rank)].some((place) => mine.has(place)));
  return (meeting.length ? meeting : ranks).map(key);
};

const inOrder = (taken: ReadonlyMap<string, Taken>): readonly Taken[] =>
  [...taken.values()].sort((a, b) => a.place - b.place || a.rank - b.rank);

const outcome = (
  run: Run,
  offers: Offers,
  applied: ReadonlySet<number>,
  refused: ReadonlyMap<number, Why>,
  nearly: readonly Nearly[],
): Outcome => {
  const { basket, lines, deliveries } = run.reading;
  const key = (rank: number): string => offers.rules[rank]!.promotion.key;
  return {
    applied: [...applied]
      .sort((a, b) => a - b)
      .map((rank) => {
        const { promotion } = offers.rules[rank]!;
        const code = promotion.needs_code ? (basket.codes?.[promotion.key] ?? null) : null;
        return { promotion: promotion.key, amount: run.totals.get(rank) ?? 0, code };
      }),
    lines: inOrder(run.offLines).map(({ rank, place, units, amount, steps }) => ({
      promotion: key(rank),
      line: lines[place]!.id,
      quantity: units,
      amount,
      steps,
    })),
    deliveries: inOrder(run.offDeliveries).map(({ rank, place, amount, steps }) => ({
      promotion: key(rank),
      delivery: deliveries[place]!.id,
      amount,
      steps,
    })),
    ...given(run, offers),
    nearly,
    refused: offers.rules
      .filter((rule) => !applied.has(rule.rank))
      .map((rule) => {
        const [reason, facts] = refused.get(rule.rank) ?? ["no-goods", NO_FACTS];
        return { promotion: rule.promotion.key, reason, facts };
      }),
  };
};

const given = (run: Run, offers: Offers): Pick<Outcome, "gifts" | "points" | "coupons"> => {
  const found: Writable<Pick<Outcome, "gifts" | "points" | "coupons">> = { gifts: [], points: [], coupons: [] };
  for (const rank of [...run.rewards].sort((a, b) => a - b)) {
    const { key: promotion, effects } = offers.rules[rank]!.promotion;
    for (const effect of effects) {
      if (effect.type === "gift") found.gifts.push({ promotion, variants: effect.variants, quantity: effect.quantity ?? 1 });
      if (effect.type === "coupon") found.coupons.push({ promotion, of: effect.promotion, days: effect.days });
      if (effect.type === "points") {
        const [points, facts] = pointsOf(effect, run);
        if (points) found.points.push({ promotion, points, steps: [{ code: "promotion-points", facts: { ...facts, points } }] });
      }
    }
  }
  return found;
};
