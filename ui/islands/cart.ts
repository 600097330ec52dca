// The cart on an open page, as it is changed on other devices: told by server-sent events that it has another version,
// the page asks for itself once more and shows what it then says. What somebody is just writing is not taken from her:
// she is told instead. Without script, or without a connection, the page stays as it was when it came.

type Standing = { version: number | null; state: string | null };

const root = (page: Document): HTMLElement | null => page.querySelector<HTMLElement>("[data-cart-news]");

const writing = (place: HTMLElement): boolean => {
  const field = document.activeElement;
  if (!place.contains(field)) return false;
  if (field instanceof HTMLInputElement) return field.value !== field.defaultValue;
  return field instanceof HTMLSelectElement && [...field.options].some((one) => one.selected !== one.defaultSelected);
};

const say = (): void => {
  const told = document.querySelector<HTMLElement>("[data-cart-told]");
  if (told) told.hidden = false;
};

const show = async (): Promise<void> => {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const old = root(document);
  const present = root(page);
  if (!answer.ok || !old || !present) return location.reload();
  const at = document.activeElement?.id;
  old.replaceChildren(...present.childNodes);
  old.dataset.version = present.dataset.version;
  document.querySelector(".cart-link")?.replaceWith(page.querySelector(".cart-link") ?? "");
  if (at) document.getElementById(at)?.focus();
  say();
};

const listen = (url: string): void => {
  let source: EventSource | undefined;
  const over = (): void => {
    close();
    location.reload();
  };
  const open = (): void => {
    if (source || document.visibilityState === "hidden") return;
    source = new EventSource(url);
    source.addEventListener("cart", (event) => {
      const place = root(document);
      const told = JSON.parse(event.data) as Standing;
      if (!place || told.version === null || String(told.version) === place.dataset.version) return;
      if (writing(place)) say();
      else show().catch(() => undefined); // without a connection the page stays as it is
    });
    source.addEventListener("merged", over);
    source.addEventListener("closed", () => close());
  };
  const close = (): void => {
    source?.close();
    source = undefined;
  };
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
};

const url = root(document)?.dataset.cartNews;
if (url) listen(url);
