// The service worker of the screens. VERSION and FILES stand before these lines: the server writes them.
// Files come from the cache, whole and of one version; a new version of the worker brings its own files with it.

const PREFIX = "foldspace-screen-";
const CACHE = PREFIX + VERSION;
const CODES = "foldspace-codes";

const SHELLS = [
  [/^\/screen\/[^/]+\/[^/]+\/print$/, "/static/screens/sheet.html"],
  [/^\/screen\/[^/]+\/[^/]+$/, "/static/screens/door.html"],
  [/^\/screen\/[^/]+$/, "/static/screens/site.html"],
];

self.addEventListener("install", (event) => {
  const fetched = FILES.map((path) => new Request(path, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fetched)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const path = request.mode === "navigate" ? shellOf(url.pathname) : url.pathname + url.search;
  if (path !== null && FILES.includes(path)) event.respondWith(kept(path, request));
  else if (url.pathname.endsWith("/qr.svg")) event.respondWith(newestCode(request));
});

function shellOf(pathname) {
  const found = SHELLS.find(([pattern]) => pattern.test(pathname));
  return found === undefined ? null : found[1];
}

async function kept(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

async function newestCode(request) {
  const cache = await caches.open(CODES);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (problem) {
    const known = await cache.match(request);
    if (known === undefined) throw problem;
    return known;
  }
}
