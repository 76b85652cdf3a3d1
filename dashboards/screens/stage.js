// What every screen does besides what it shows: theme, awake, a little movement against burn-in, files for no network.

const SHIFT_MS = 180_000;
const SHIFT_PX = [[0, 0], [2, 1], [3, 3], [1, 2], [-1, 3], [-3, 2], [-2, -1], [-3, -3], [-1, -2], [1, -3], [3, -2], [2, -1]];
const RELOAD_MS = 60_000; // never more often, whatever versions say

export function dress() {
  const theme = new URLSearchParams(location.search).get("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
}

// A few pixels, every few minutes, in a round: nothing stands in one place for weeks.
export function wander(element) {
  let step = 0;
  setInterval(() => {
    step = (step + 1) % SHIFT_PX.length;
    const [x, y] = SHIFT_PX[step];
    element.style.transform = `translate(${x}px, ${y}px)`;
  }, SHIFT_MS);
}

// Needs a secure page (HTTPS or this machine itself); elsewhere the device's own settings keep it awake.
export function stayAwake() {
  if (!("wakeLock" in navigator)) return;
  const ask = () => {
    if (!document.hidden) navigator.wakeLock.request("screen").catch(() => {}); // refused on low battery: asked again
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

// Keep the page's files, and load them anew when the server has others. Returns who wants to know the server's version.
export function keepFiles() {
  const plain = withoutWorker();
  if (!("serviceWorker" in navigator)) return plain;
  let had = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (had) reload();
    had = true; // the first one only takes over what it brought itself
  });
  const registered = navigator.serviceWorker.register("/screen/worker.js", { scope: "/screen/" }).catch(() => null);
  let checked = null;
  return async (version) => {
    const registration = await registered;
    if (!registration) plain(version);
    if (!registration || version === checked) return;
    // The new worker fetches all files and takes over; then this page loads anew.
    registration.update().then(() => (checked = version), () => {});
  };
}

function withoutWorker() {
  let own = null; // the files came from the same server as the first answer
  return (version) => {
    own ??= version;
    if (version !== own) reload();
  };
}

function reload() {
  try {
    const last = Number(sessionStorage.getItem("foldspace.screen.reloaded") ?? 0);
    if (Math.abs(Date.now() - last) < RELOAD_MS) return;
    sessionStorage.setItem("foldspace.screen.reloaded", String(Date.now()));
  } catch {
    return; // without storage a circle could not be told: the next start loads anew
  }
  location.reload();
}
