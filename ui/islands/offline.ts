// Lets the browser keep the pages of this shop that were seen last, so that they open without a connection too.

const shop = document.querySelector<HTMLMetaElement>('meta[name="shop"]')?.content;

if (shop && "serviceWorker" in navigator) {
  window.addEventListener("load", () => {
    // A browser that refuses (a private window, storage that is full) shows the shop all the same.
    navigator.serviceWorker.register("/shop-worker.js", { scope: shop }).catch(() => undefined);
  });
}
