// The form of promotions, baskets and outcomes, as docs/promotions.md has it. What is left out has its default.

export type Amounts = Readonly<Record<string, number>>;

export interface Selection {
  readonly variants?: readonly string[];
  readonly products?: readonly string[];
  readonly categories?: readonly string[];
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
}

export interface Goods extends Selection {
  readonly without?: Selection | null;
  readonly reduced?: boolean;
}

export type Fact = "channel" | "market" | "store" | "country" | "group" | "segment" | "payment";

export type Condition =
  | { readonly type: "all" | "any"; readonly of: readonly Condition[] }
  | { readonly type: "not"; readonly of: Condition }
  | { readonly type: "is"; readonly fact: Fact; readonly any_of: readonly string[] }
  | { readonly type: "amount"; readonly at_least: Amounts; readonly at_most?: Amounts; readonly on?: Goods }
  | { readonly type: "quantity"; readonly at_least?: number; readonly at_most?: number | null; readonly on?: Goods }
  | { readonly type: "hours"; readonly weekdays?: readonly number[]; readonly from_minute?: number; readonly to_minute?: number }
  | { readonly type: "first-purchase" | "known-customer" };

export type Choose = "cheapest" | "dearest";

export interface Tier {
  readonly amount_from?: Amounts;
  readonly quantity_from?: number | null;
  readonly percent?: number | null;
  readonly amount?: Amounts;
}

export interface Part {
  readonly on: Goods;
  readonly quantity?: number;
}

export interface BuyGet {
  readonly type: "buy-get";
  readonly buy: number;
  readonly get: number;
  readonly on?: Goods;
  readonly get_on?: Goods | null;
  readonly percent?: number;
  readonly times?: number | null;
  readonly choose?: Choose;
}

export interface CheapestFree {
  readonly type: "cheapest-free";
  readonly every: number;
  readonly free?: number;
  readonly on?: Goods;
  readonly percent?: number;
  readonly times?: number | null;
  readonly choose?: Choose;
}

export interface Tiered {
  readonly type: "tiered";
  readonly by: "amount" | "quantity";
  readonly tiers: readonly Tier[];
  readonly on?: Goods;
}

export interface Bundle {
  readonly type: "bundle";
  readonly parts: readonly Part[];
  readonly price: Amounts;
  readonly times?: number | null;
}

export interface DeliveryOff {
  readonly type: "delivery";
  readonly percent?: number | null;
  readonly amount?: Amounts;
  readonly price?: Amounts;
  readonly methods?: readonly string[];
}

export type Reward =
  | { readonly type: "gift"; readonly variants: readonly string[]; readonly quantity?: number }
  | { readonly type: "points"; readonly points: number; readonly per?: Amounts; readonly on?: Goods }
  | { readonly type: "coupon"; readonly promotion: string; readonly days: number };

export type PercentOff = { readonly type: "percent"; readonly percent: number; readonly on?: Goods };
export type AmountOff = { readonly type: "amount"; readonly amount: Amounts; readonly on?: Goods; readonly each?: boolean };
export type FixedPrice = { readonly type: "price"; readonly price: Amounts; readonly on?: Goods };
export type Effect = PercentOff | AmountOff | FixedPrice | BuyGet | CheapestFree | Tiered | Bundle | DeliveryOff | Reward;

export interface Promotion {
  readonly key: string;
  readonly names: Readonly<Record<string, string>>;
  readonly effects: readonly Effect[];
  readonly conditions?: readonly Condition[];
  readonly priority?: number;
  readonly group?: string | null;
  readonly stacking?: "combined" | "lines" | "alone";
  readonly caps?: { readonly order?: Amounts; readonly line?: Amounts };
  readonly needs_code?: boolean;
  readonly valid_from?: string | null;
  readonly valid_to?: string | null;
  readonly limits?: { readonly uses?: number | null; readonly per_customer?: number | null; readonly per_code?: number | null };
  readonly worth?: Amounts;
}

export interface House {
  readonly most_of_line?: number | null;
  readonly most_of_order?: number | null;
}

export interface BasketLine {
  readonly id: string;
  readonly variant: string;
  readonly product: string;
  readonly quantity: number;
  readonly unit: number;
  readonly categories?: readonly string[];
  readonly attributes?: Readonly<Record<string, readonly string[]>>;
  readonly reduced?: boolean;
}

export interface BasketDelivery {
  readonly id: string;
  readonly method: string;
  readonly amount: number;
}

export interface Shopper {
  readonly known?: boolean;
  readonly first_purchase?: boolean | null;
  readonly groups?: readonly string[];
  readonly segments?: readonly string[];
}

export interface Basket {
  readonly currency: string;
  readonly channel: string;
  readonly market: string;
  readonly at: string;
  readonly weekday: number;
  readonly minute: number;
  readonly lines?: readonly BasketLine[];
  readonly deliveries?: readonly BasketDelivery[];
  readonly store?: string | null;
  readonly country?: string | null;
  readonly payment?: string | null;
  readonly shopper?: Shopper;
  readonly codes?: Readonly<Record<string, string>>;
  readonly used_up?: readonly string[];
}

export type FactValue = string | number | readonly string[];
export type Facts = Readonly<Record<string, FactValue>>;
export type Why = readonly [reason: string, facts: Facts];

export interface Step {
  readonly code: string;
  readonly facts: Facts;
}

export interface Outcome {
  readonly applied: readonly { promotion: string; amount: number; code: string | null }[];
  readonly lines: readonly { promotion: string; line: string; quantity: number; amount: number; steps: readonly Step[] }[];
  readonly deliveries: readonly { promotion: string; delivery: string; amount: number; steps: readonly Step[] }[];
  readonly gifts: readonly { promotion: string; variants: readonly string[]; quantity: number }[];
  readonly points: readonly { promotion: string; points: number; steps: readonly Step[] }[];
  readonly coupons: readonly { promotion: string; of: string; days: number }[];
  readonly nearly: readonly { promotion: string; what: string; lacking: number; at: string }[];
  readonly refused: readonly { promotion: string; reason: string; facts: Facts }[];
}

export const EVERYTHING: Goods = {};
export const NO_FACTS: Facts = {};
