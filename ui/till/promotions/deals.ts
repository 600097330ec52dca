// Deals: of every so many, buy this and get that, sets at a price. A unit is in one deal at most; quantities stay numbers.

import { NO_EFFECT } from "./effects.ts";
import type { Act } from "./effects.ts";
import { allocate, divided, MILLION, share, sum, whole } from "./numbers.ts";
import type { Reading, Room, Run, Share } from "./reading.ts";
import { EVERYTHING } from "./types.ts";
import type { Bundle, BuyGet, CheapestFree, Goods } from "./types.ts";

type Units = readonly [place: number, units: number];

/** Units of lines that no deal has used yet, the dearest first. */
class Shelf {
  readonly worth: readonly number[];
  readonly units = new Map<number, number>();
  readonly places: readonly number[];

  constructor(run: Run, places: readonly number[]) {
    this.worth = run.worth();
    for (const place of places) this.units.set(place, run.reading.lines[place]!.quantity - run.used[place]!);
    this.places = places
      .filter((place) => this.of(place) > 0)
      .sort((a, b) => this.worth[b]! - this.worth[a]! || a - b);
  }

  of(place: number): number {
    return this.units.get(place) ?? 0;
  }

  total(): number {
    return sum(this.places.map((place) => this.of(place)));
  }

  first(count: number): readonly Units[] {
    return taken(this.places, (place) => this.of(place), count);
  }

  value(count: number): number {
    return sum(this.first(count).map(([place, units]) => units * this.worth[place]!));
  }
}

const taken = (places: readonly number[], there: (place: number) => number, count: number): readonly Units[] => {
  const found: Units[] = [];
  let wanted = count;
  for (const place of places) {
    const units = Math.min(wanted, there(place));
    if (units > 0) found.push([place, units]);
    wanted -= units;
    if (wanted <= 0) break;
  }
  return found;
};

const sharesOf = (run: Run, shelf: Shelf, reduced: readonly Units[], rate: number, sets: number): readonly Share[] =>
  reduced.map(([place, units]) => {
    const base = units * shelf.worth[place]!;
    const facts = { rate, units, base, sets, currency: run.reading.basket.currency };
    return { place, amount: share(base, rate), units, facts };
  });

const use = (run: Run, units: readonly Units[]): void => {
  for (const [place, count] of units) run.used[place]! += count;
};

export const ofEvery = (effect: BuyGet | CheapestFree): Act => {
  const on = effect.on ?? EVERYTHING;
  const every = effect.type === "buy-get" ? effect.buy + effect.get : effect.every;
  const reduced = effect.type === "buy-get" ? effect.get : (effect.free ?? 1);
  const most = effect.times ?? Infinity;
  const before = (place: number): number => {
    const [sets, rest] = divided(place, every);
    if (effect.choose === "dearest") return sets * reduced + Math.min(rest, reduced);
    return sets * reduced + Math.max(0, rest - (every - reduced));
  };
  return {
    stage: 2,
    goods: [on],
    gives: false,
    act(run, rank, room) {
      const shelf = new Shelf(run, run.open(rank, on));
      const sets = Math.min(whole(shelf.total(), every), most);
      const end = sets * every;
      const found: Units[] = [];
      let begin = 0;
      for (const place of sets ? shelf.places : []) {
        const stop = Math.min(begin + shelf.of(place), end);
        const units = before(stop) - before(begin);
        if (units) found.push([place, units]);
        begin = stop;
      }
      const shares = sharesOf(run, shelf, found, effect.percent ?? MILLION, sets);
      run.take(rank, room, "promotion-deal", shares);
      if (shares.some((each) => each.amount)) use(run, shelf.first(end));
    },
    lacking(reading) {
      const [sets, rest] = divided(reading.units(on), every);
      return rest === 0 || sets >= most ? 0 : every - rest;
    },
    whyNot(reading) {
      const have = reading.units(on);
      return have >= every ? NO_EFFECT : ["too-few", { need: every, have, lacking: every - have }];
    },
  };
};

export const buyThisGetThat = (effect: BuyGet, getOn: Goods): Act => {
  const on = effect.on ?? EVERYTHING;
  const { buy, get } = effect;
  const most = effect.times ?? Infinity;
  const setsOf = ([bought, got, both]: readonly [number, number, number]): number =>
    Math.min(whole(bought + both, buy), whole(got + both, get), whole(bought + got + both, buy + get), most);
  const short = (sets: number, [bought, got, both]: readonly [number, number, number]): number =>
    Math.max(
      sets * buy - bought - both,
      sets * get - got - both,
      sets * (buy + get) - bought - got - both,
      0,
    );
  const counted = (reading: Reading): readonly [number, number, number] => {
    const [bought, got] = [new Set(reading.places(on)), new Set(reading.places(getOn))];
    const units = (places: readonly number[]): number => sum(places.map((place) => reading.lines[place]!.quantity));
    return [
      units([...bought].filter((place) => !got.has(place))),
      units([...got].filter((place) => !bought.has(place))),
      units([...bought].filter((place) => got.has(place))),
    ];
  };
  return {
    stage: 2,
    goods: [on, getOn],
    gives: false,
    act(run, rank, room) {
      const [buys, gets] = [new Set(run.open(rank, on)), new Set(run.open(rank, getOn))];
      const shelf = new Shelf(run, [...new Set([...buys, ...gets])].sort((a, b) => a - b));
      const only = (keep: (place: number) => boolean): number =>
        sum(shelf.places.filter(keep).map((place) => shelf.of(place)));
      const onlyBought = only((place) => !gets.has(place));
      const onlyGot = only((place) => !buys.has(place));
      const both = shelf.total() - onlyBought - onlyGot;
      const sets = setsOf([onlyBought, onlyGot, both]);
      if (!sets) return;
      const need = sets * buy;
      let spare = both - Math.max(0, need - onlyBought);
      let count = sets * get;
      const order = shelf.places.filter((place) => gets.has(place));
      if (effect.choose !== "dearest") order.sort((a, b) => shelf.worth[a]! - shelf.worth[b]! || a - b);
      const reduced: Units[] = [];
      for (const place of order) {
        let units = Math.min(count, shelf.of(place));
        if (buys.has(place)) {
          units = Math.min(units, spare);
          spare -= units;
        }
        if (units) reduced.push([place, units]);
        count -= units;
      }
      const rest = new Map(shelf.units);
      for (const [place, units] of reduced) rest.set(place, rest.get(place)! - units);
      const bought = [
        ...shelf.places.filter((place) => buys.has(place) && !gets.has(place)),
        ...shelf.places.filter((place) => buys.has(place) && gets.has(place)),
      ];
      const shares = sharesOf(run, shelf, reduced, effect.percent ?? MILLION, sets);
      run.take(rank, room, "promotion-deal", shares);
      if (!shares.some((each) => each.amount)) return;
      use(run, reduced);
      use(run, taken(bought, (place) => rest.get(place)!, need));
    },
    lacking(reading) {
      const units = counted(reading);
      const sets = setsOf(units);
      if (sets >= most) return 0;
      const lacking = short(sets + 1, units);
      return lacking < buy + get ? lacking : 0;
    },
    whyNot(reading) {
      const units = counted(reading);
      if (setsOf(units)) return NO_EFFECT;
      const lacking = short(1, units);
      return ["too-few", { need: buy + get, have: buy + get - lacking, lacking }];
    },
  };
};

export const bundles = (effect: Bundle): Act => {
  const counts = effect.parts.map((part) => part.quantity ?? 1);
  const limit = effect.times ?? Infinity;
  /** A line is of the first part that means it. */
  const apart = (places: readonly (readonly number[])[]): readonly (readonly number[])[] => {
    const seen = new Set<number>();
    return places.map((mine) => {
      const kept = mine.filter((place) => !seen.has(place));
      for (const place of kept) seen.add(place);
      return kept;
    });
  };
  const unitsOf = (reading: Reading): readonly number[] =>
    apart(effect.parts.map((part) => reading.places(part.on))).map((places) =>
      sum(places.map((place) => reading.lines[place]!.quantity)),
    );
  const act = (run: Run, rank: number, room: Room): void => {
    const { currency } = run.reading.basket;
    const price = effect.price[currency];
    const shelves = apart(effect.parts.map((part) => run.open(rank, part.on))).map((places) => new Shelf(run, places));
    const most = Math.min(limit, ...shelves.map((shelf, index) => whole(shelf.total(), counts[index]!)));
    if (price === undefined || !most) return;
    const value = (sets: number): number => sum(shelves.map((shelf, index) => shelf.value(sets * counts[index]!)));
    let [low, high] = [0, most];
    while (low < high) {
      const middle = whole(low + high + 1, 2);
      if (value(middle) - value(middle - 1) > price) low = middle;
      else high = middle - 1;
    }
    const sets = low;
    if (!sets) return;
    const used = shelves.flatMap((shelf, index) => shelf.first(sets * counts[index]!));
    const values = used.map(([place, units]) => units * run.worth()[place]!);
    const goods = sum(values);
    const parts = allocate(goods - sets * price, values);
    const shares = used.map(([place, units], index): Share => {
      const facts = { sets, price, goods, currency, units, base: values[index]! };
      return { place, amount: parts[index]!, units, facts };
    });
    run.take(rank, room, "promotion-bundle", shares);
    use(run, used);
  };
  const lackingFor = (sets: number, have: readonly number[]): number =>
    sum(counts.map((count, index) => Math.max(0, sets * count - have[index]!)));
  return {
    stage: 2,
    goods: effect.parts.map((part) => part.on),
    gives: false,
    act,
    lacking(reading) {
      const have = unitsOf(reading);
      const sets = Math.min(...have.map((units, index) => whole(units, counts[index]!)));
      if (sets >= limit) return 0;
      const lacking = lackingFor(sets + 1, have);
      return lacking < sum(counts) ? lacking : 0;
    },
    whyNot(reading) {
      const lacking = lackingFor(1, unitsOf(reading));
      return lacking ? ["too-few", { need: sum(counts), have: sum(counts) - lacking, lacking }] : NO_EFFECT;
    },
  };
};
