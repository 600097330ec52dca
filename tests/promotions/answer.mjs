// Answers cases from the standard input with the till's evaluator, a line of JSON each.

import { createInterface } from "node:readline";
import { evaluate, Offers } from "../../ui/till/promotions/evaluate.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const { promotions, house, baskets } = JSON.parse(line);
  const offers = new Offers(promotions, house);
  process.stdout.write(`${JSON.stringify(baskets.map((basket) => evaluate(basket, offers)))}\n`);
}
