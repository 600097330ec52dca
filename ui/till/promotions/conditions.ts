// Whether conditions are true of a basket before any promotion, and if not, the first reason.

import type { Reading } from "./reading.ts";
import { EVERYTHING, NO_FACTS } from "./types.ts";
import type { Condition, Fact, Why } from "./types.ts";

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

/** Conditions that must all be true, each with where it stands; what `all` holds together stands by itself. */
export const flat = (conditions: readonly Condition[], path = "conditions"): readonly [string, Condition][] =>
  conditions.flatMap((condition, index): readonly [string, Condition][] =>
    condition.type === "all" ? flat(condition.of, `${path}.${index}.of`) : [[`${path}.${index}`, condition]],
  );

export const whyNot = (condition: Condition, reading: Reading): Why | null => {
  const { basket } = reading;
  switch (condition.type) {
    case "all":
      for (const each of condition.of) {
        const why = whyNot(each, reading);
        if (why) return why;
      }
      return null;
    case "any":
      return condition.of.some((each) => !whyNot(each, reading)) ? null : failing({ type: "any" });
    case "not":
      return whyNot(condition.of, reading) ? null : failing({ type: "not" });
    case "is":
      return factsOf(condition.fact, reading).some((word) => condition.any_of.includes(word))
        ? null
        : failing({ type: "is", fact: condition.fact });
    case "amount":
      return amount(condition, reading);
    case "quantity":
      return quantity(condition, reading);
    case "hours":
      return within(condition, basket.weekday, basket.minute) ? null : ["other-hours", NO_FACTS];
    case "first-purchase":
      return basket.shopper?.first_purchase ? null : failing({ type: "first-purchase" });
    case "known-customer":
      return basket.shopper?.known ? null : failing({ type: "known-customer" });
  }
};

const failing = (facts: Record<string, string>): Why => ["condition", facts];

const factsOf = (fact: Fact, { basket }: Reading): readonly string[] => {
  if (fact === "group") return basket.shopper?.groups ?? [];
  if (fact === "segment") return basket.shopper?.segments ?? [];
  const word = basket[fact];
  return typeof word === "string" ? [word] : [];
};

const amount = (condition: Extract<Condition, { type: "amount" }>, reading: Reading): Why | null => {
  const { currency } = reading.basket;
  const have = reading.amount(condition.on ?? EVERYTHING);
  const need = condition.at_least[currency] ?? 0;
  if (have < need) return ["amount-too-low", { need, have, lacking: need - have, currency }];
  const most = condition.at_most?.[currency];
  return most !== undefined && have > most ? ["amount-too-high", { most, have, currency }] : null;
};

const quantity = (condition: Extract<Condition, { type: "quantity" }>, reading: Reading): Why | null => {
  const have = reading.units(condition.on ?? EVERYTHING);
  const need = condition.at_least ?? 1;
  if (have < need) return ["too-few", { need, have, lacking: need - have }];
  const most = condition.at_most;
  return most !== undefined && most !== null && have > most ? ["too-many", { most, have }] : null;
};

const within = (condition: Extract<Condition, { type: "hours" }>, day: number, minute: number): boolean => {
  const since = condition.from_minute ?? 0;
  const until = condition.to_minute ?? 24 * 60;
  const days = condition.weekdays?.length ? condition.weekdays : EVERY_DAY;
  if (since < until) return days.includes(day) && since <= minute && minute < until;
  return (days.includes(day) && minute >= since) || (days.includes(day === 1 ? 7 : day - 1) && minute < until);
};
