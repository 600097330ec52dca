// Suggestions while somebody types into the search: whole questions, categories and products, as a listbox that the
// field owns. Arrows go through it, Enter goes there, Escape closes it, Tab goes on. Without script the field is a plain form.

type Money = { amount: number; currency: string };
type Product = { slug: string; name: string; image: { url: string } | null; price_from: Money | null };
type Found = { words: string[]; categories: { name: string; slug: string }[]; products: Product[] };
type Line = { text: string; url: string; beside?: string; picture?: string };

const PAUSE = 150;
const LEAST = 2;

const lines = (found: Found, form: HTMLFormElement, price: (money: Money) => string): Line[] => {
  const here = form.dataset.here ?? "";
  return [
    ...found.words.map((text) => ({ text, url: `${form.action}?${new URLSearchParams({ q: text })}` })),
    ...found.categories.map((one) => ({ text: one.name, url: `${here}/c/${one.slug}`, beside: form.dataset.category })),
    ...found.products.map((one) => ({
      text: one.name,
      url: `${here}/p/${one.slug}`,
      beside: one.price_from ? price(one.price_from) : undefined,
      picture: one.image?.url,
    })),
  ];
};

const option = (line: Line, place: number): HTMLElement => {
  const item = document.createElement("li");
  item.role = "option";
  item.id = `suggested-${place}`;
  item.dataset.url = line.url;
  if (line.picture) {
    const picture = document.createElement("img");
    picture.src = line.picture;
    picture.alt = "";
    picture.width = picture.height = 40;
    item.append(picture);
  }
  const text = document.createElement("span");
  text.textContent = line.text;
  item.append(text);
  if (line.beside) {
    const beside = document.createElement("span");
    beside.className = "soft small";
    beside.textContent = line.beside;
    item.append(beside);
  }
  return item;
};

const attach = (form: HTMLFormElement): void => {
  const field = form.querySelector<HTMLInputElement>("input[type=search]");
  const list = form.querySelector<HTMLElement>("[role=listbox]");
  const said = form.querySelector<HTMLElement>("[data-said]");
  if (!field || !list || !said) return;
  const language = document.documentElement.lang;
  const region = form.dataset.region;
  const price = ({ amount, currency }: Money): string => {
    const format = new Intl.NumberFormat(region ? `${language}-${region}` : language, { style: "currency", currency });
    return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
  };
  let asking: AbortController | undefined;
  let timer = 0;
  let chosen = -1;

  const close = (): void => {
    window.clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    chosen = -1;
  };
  const choose = (place: number): void => {
    const items = [...list.children];
    chosen = place < -1 ? items.length - 1 : place >= items.length ? -1 : place;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", items[chosen]!.id);
      items[chosen]!.scrollIntoView({ block: "nearest" });
    }
  };
  const go = (item: Element | null | undefined): void => {
    const url = (item as HTMLElement | undefined)?.dataset.url;
    if (url) window.location.assign(url);
  };
  const show = (found: Found): void => {
    const items = lines(found, form, price).map(option);
    list.replaceChildren(...items);
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    list.hidden = items.length === 0;
    field.setAttribute("aria-expanded", String(items.length > 0));
    said.textContent = items.length > 0 ? (form.dataset.count ?? "").replace("{number}", String(items.length)) : "";
  };
  const ask = async (): Promise<void> => {
    const typed = field.value.trim();
    asking?.abort();
    if (typed.length < (language === "ja" ? 1 : LEAST)) return close();
    asking = new AbortController();
    try {
      const address = `${form.dataset.suggest}?${new URLSearchParams({ q: typed.slice(0, 80) })}`;
      const answer = await fetch(address, { signal: asking.signal, headers: { "Accept-Language": language } });
      if (answer.ok && document.activeElement === field) show((await answer.json()) as Found);
    } catch {
      // Somebody typed on, or there is no connection: the form works without.
    }
  };

  field.addEventListener("input", (event) => {
    window.clearTimeout(timer);
    // While a word is being composed (Japanese) nothing is asked.
    if (!(event as InputEvent).isComposing) timer = window.setTimeout(() => void ask(), PAUSE);
  });
  field.addEventListener("compositionend", () => {
    timer = window.setTimeout(() => void ask(), PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) go(list.children[chosen]);
    else return;
    event.preventDefault();
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget as Node | null)) close();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => go((event.target as Element).closest("li")));
  window.addEventListener("pagehide", close);
};

document.querySelectorAll<HTMLFormElement>("form[data-suggest]").forEach(attach);
