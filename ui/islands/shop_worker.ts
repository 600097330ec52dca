// The shop without a connection: a page comes from the server whenever that answers, else as it was seen last, and says
// so. What is private and stands for an act (checkout, orders, the account) is never kept, and signing out forgets all.

type Fetching = Event & { request: Request; respondWith(answer: Promise<Response>): void; waitUntil(work: Promise<unknown>): void };
type Living = Event & { waitUntil(work: Promise<unknown>): void };
type Worker = {
  registration: { scope: string };
  clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: string, act: (event: never) => void): void;
};

const worker = self as unknown as Worker;
const SHOP = new URL(worker.registration.scope).pathname;
const PAGES = `pages ${SHOP}`;
const FILES = "files";
const OFFLINE = `${SHOP}/offline`;
const MOST_PAGES = 40;
const MOST_FILES = 200;
const PRIVATE = /\/(checkout|order|account)(\/|$)/;
const FILE = /^\/(assets|files)\//;

const trim = async (cache: Cache, most: number): Promise<void> => {
  const kept = await cache.keys(); // in the order in which they were put in
  await Promise.all(kept.slice(0, Math.max(0, kept.length - most)).map((one) => cache.delete(one)));
};

const keep = async (name: string, key: string, answer: Response, most: number): Promise<void> => {
  const cache = await caches.open(name);
  await cache.delete(key);
  await cache.put(key, answer);
  await trim(cache, most);
};

const keyOf = (url: URL): string => {
  const key = new URL(url);
  key.searchParams.delete("done"); // what is told once is not told again without a connection
  key.hash = "";
  return key.href;
};

const asItWas = async (url: URL): Promise<Response> => {
  const cache = await caches.open(PAGES);
  const found = (PRIVATE.test(url.pathname) ? undefined : await cache.match(keyOf(url))) ?? (await cache.match(OFFLINE));
  if (!found) return Response.error();
  const text = (await found.text()).replace("data-offline hidden", "data-offline");
  return new Response(text, { headers: found.headers });
};

const page = async (event: Fetching, url: URL): Promise<Response> => {
  try {
    const answer = await fetch(event.request);
    const html = answer.headers.get("content-type")?.startsWith("text/html");
    if (url.pathname.endsWith("/account") && url.searchParams.get("done") === "out") {
      event.waitUntil(caches.delete(PAGES).then(() => keepOffline()));
    } else if (answer.ok && html && !answer.redirected && !PRIVATE.test(url.pathname)) {
      event.waitUntil(keep(PAGES, keyOf(url), answer.clone(), MOST_PAGES));
    }
    return answer;
  } catch {
    return asItWas(url);
  }
};

const file = async (event: Fetching): Promise<Response> => {
  const known = await caches.match(event.request);
  if (known) return known;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(FILES, event.request.url, answer.clone(), MOST_FILES));
  return answer;
};

const keepOffline = async (): Promise<void> => (await caches.open(PAGES)).add(OFFLINE);

worker.addEventListener("install", (event: Living) => event.waitUntil(keepOffline().then(() => worker.skipWaiting())));
worker.addEventListener("activate", (event: Living) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event: Fetching) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (FILE.test(url.pathname)) event.respondWith(file(event));
});
