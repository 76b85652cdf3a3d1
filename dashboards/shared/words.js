// The words of the page, from the text catalogue of the server, in the language the reader chose. The page says which
// sections it needs beside the two of every page: <html data-words="board usage">.

const REMEMBERED = "foldspace.language";
let texts = {};
let chosen = "zh";

// The language that the page was opened in on purpose, or null.
export function askedLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  return asked === "zh" || asked === "en" ? asked : null;
}

function remembered() {
  const asked = askedLanguage();
  if (asked !== null) return asked;
  try {
    return localStorage.getItem(REMEMBERED) === "en" ? "en" : "zh";
  } catch {
    return "zh"; // storage may be forbidden; the page works without it
  }
}

export function language() {
  return chosen;
}

export async function loadWords() {
  chosen = remembered();
  const sections = ["page", "vocabulary", ...(document.documentElement.dataset.words ?? "").split(" ").filter(Boolean)];
  const answer = await fetch(`/api/v1/texts?lang=${chosen}${sections.map((section) => `&section=${section}`).join("")}`);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  texts = { ...texts, ...(await answer.json()) };
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  document.title = words("page.title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = words(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words(element.dataset.label));
  }
  const other = document.getElementById("language");
  if (other) {
    other.lang = chosen === "zh" ? "en" : "zh-CN";
    other.onclick = () => rememberLanguage(otherLanguage());
  }
}

export const otherLanguage = () => (chosen === "zh" ? "en" : "zh");

// Speak this language from now on; the page begins anew in it.
export function rememberLanguage(wanted) {
  keepLanguage(wanted);
  const address = new URL(location.href);
  address.searchParams.set("lang", wanted);
  location.replace(address);
}

export function keepLanguage(wanted) {
  try {
    localStorage.setItem(REMEMBERED, wanted);
  } catch {
    // without storage the address carries the choice
  }
}

// Whether whoever sits here has chosen a language on this device.
export function languageKept() {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    return false;
  }
}

// The words of one more section, for a part that few open.
export async function addWords(section) {
  const answer = await fetch(`/api/v1/texts?lang=${chosen}&section=${section}`);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  texts = { ...texts, ...(await answer.json()) };
}

// The rest of every key that begins so: the entries of a family.
export const keysUnder = (start) => Object.keys(texts).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));

export function words(key, params = {}) {
  const template = texts[key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}
