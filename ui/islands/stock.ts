// The stock of stores on an open product page, as it changes: the page is told by server-sent events, and says what
// the server would say of it now. Without script, or without a connection, the page stays as it was when it came.

const FEW = 5;

type News = { variant: string; location: string; sellable: number };

const say = (place: HTMLElement, sellable: number): void => {
  const state = sellable > FEW ? "in_stock" : sellable > 0 ? "low" : "out";
  const kind = { in_stock: "good", low: "warn", out: "none" }[state];
  const text = { in_stock: place.dataset.inStock, low: place.dataset.low, out: place.dataset.out }[state];
  const shown = place.querySelector<HTMLElement>(".state");
  if (!shown || shown.textContent === text) return;
  shown.textContent = text ?? "";
  shown.className = `state ${kind}`;
  const button = place.closest("li")?.querySelector("button");
  if (button) button.disabled = sellable === 0;
};

const listen = (section: HTMLElement): void => {
  const places = new Map<string, HTMLElement>();
  for (const place of section.querySelectorAll<HTMLElement>("[data-place]")) {
    // What is not there yet is said by the server, with its day.
    if (place.dataset.awaited === undefined) places.set(place.dataset.place ?? "", place);
  }
  let source: EventSource | undefined;
  const open = (): void => {
    if (source || document.visibilityState === "hidden") return;
    source = new EventSource(section.dataset.stock ?? "");
    source.addEventListener("stock", (event) => {
      const news = JSON.parse(event.data) as News;
      const place = places.get(news.location);
      if (place) say(place, news.sellable);
    });
  };
  const close = (): void => {
    source?.close();
    source = undefined;
  };
  // A page that nobody looks at keeps no connection; when it is looked at again it is told anew how things stand.
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
};

document.querySelectorAll<HTMLElement>("[data-stock]").forEach(listen);
