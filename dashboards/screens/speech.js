// The words of a screen in two languages at once: Chinese with small English under it, or the one that ?lang= asks for.

import { make } from "../shared/dom.js";

const asked = new URLSearchParams(location.search).get("lang");
const single = asked === "zh" || asked === "en";
export const main = single ? asked : "zh";
const second = single ? null : "en";
const tag = (language) => (language === "zh" ? "zh-CN" : "en");

const texts = { zh: {}, en: {} };

export async function loadSpeech() {
  document.documentElement.lang = tag(main);
  const languages = second === null ? [main] : [main, second];
  await Promise.all(
    languages.map(async (language) => {
      const answer = await fetch(`/api/v1/texts?lang=${language}&section=page&section=screen`);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      texts[language] = await answer.json();
    }),
  );
}

export function say(key, params = {}, language = main) {
  const template = texts[language][key] ?? key;
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
}

// Parts for an element: the sentence, and the same small in the other language. `of` gives a language's sentence.
export function spoken(of) {
  const parts = [make("span", { lang: tag(main) }, of(main))];
  if (second !== null) parts.push(" ", make("span", { class: "second", lang: tag(second) }, of(second)));
  return parts;
}

export const both = (key, params) => spoken((language) => say(key, typeof params === "function" ? params(language) : params, language));

// Put words into an element, and touch it only when they are others than before.
export function tell(element, parts) {
  const text = parts.map((part) => (typeof part === "string" ? part : part.outerHTML)).join("");
  if (element.dataset.told === text) return;
  element.dataset.told = text;
  element.replaceChildren(...parts);
}

// How long something is, in words: minutes and hours are enough on a wall.
export function span(milliseconds, language = main) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 1) return say("page.duration_seconds", { n: Math.max(0, Math.floor(milliseconds / 1000)) }, language);
  if (minutes < 60) return say("page.duration_minutes", { n: minutes }, language);
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return say("page.duration_hours", { h: hours, m: minutes % 60 }, language);
  return say("page.duration_days", { d: Math.floor(hours / 24), h: hours % 24 }, language);
}
