// Whole numbers only. Amounts stay below 2**53, products need not: those that do not fit are reckoned with BigInt.

export const MILLION = 1_000_000;
export const MOST = Number.MAX_SAFE_INTEGER;
export const MOST_UNITS = 1_000_000_000;

export const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

/** The whole part and the rest of a division of what is not below nothing. */
export const divided = (number: number, by: number): [whole: number, rest: number] => {
  const rest = number % by;
  return [(number - rest) / by, rest];
};

export const whole = (number: number, by: number): number => divided(number, by)[0];

/** number * times / by, cut off. */
export const cutOff = (number: number, times: number, by: number): number => {
  const product = number * times;
  return Number.isSafeInteger(product) ? whole(product, by) : Number((BigInt(number) * BigInt(times)) / BigInt(by));
};

/** A share in millionths, rounded once, half away from nothing. */
export const share = (number: number, rate: number): number => {
  const product = number * rate + MILLION / 2;
  if (Number.isSafeInteger(product)) return whole(product, MILLION);
  return Number((BigInt(number) * BigInt(rate) + BigInt(MILLION / 2)) / BigInt(MILLION));
};

export const times = (number: number, by: number): number => Math.min(number * by, MOST);

/** Shares out a total so that the parts add up to it: the largest remainders get what is left, the earlier of equals. */
export const allocate = (total: number, weights: readonly number[]): number[] => {
  const everything = sum(weights);
  if (everything === 0) return weights.map(() => 0);
  const fits = Number.isSafeInteger(total * Math.max(...weights));
  const shares = weights.map((weight): [number, number] => {
    if (fits) return divided(total * weight, everything);
    const product = BigInt(total) * BigInt(weight);
    return [Number(product / BigInt(everything)), Number(product % BigInt(everything))];
  });
  const parts = shares.map(([part]) => part);
  const places = shares.map((_, place) => place).sort((a, b) => shares[b]![1] - shares[a]![1] || a - b);
  for (const place of places.slice(0, total - sum(parts))) parts[place]! += 1;
  return parts;
};

/** Texts in the order of their code points. */
export const compareTexts = (a: string, b: string): number => {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
};

/** A moment (RFC 3339) in microseconds. */
export const moment = (text: string): number => {
  const [, fraction] = /\.(\d+)/.exec(text) ?? [];
  const micros = Number((fraction ?? "").slice(0, 6).padEnd(6, "0"));
  return Date.parse(text.replace(/\.\d+/, "")) * 1000 + micros;
};
