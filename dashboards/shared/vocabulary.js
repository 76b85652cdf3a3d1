// What people call functions (uses of a space), features, kinds of devices and days: one list, from the text catalogue.
// A community invents functions and features as it likes: one without a word is called what the community writes.

import { make } from "./dom.js";
import { keysUnder, words } from "./words.js";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export const functionName = (id) => named("function", id);
export const featureName = (id) => named("feature", id);
export const kindName = (id) => named("kind", id);
export const shortDay = (day) => words(`vocabulary.day_${day}`);
export const weekday = (day) => words(`vocabulary.weekday_${day}`);

// Several names as one list.
export const listed = (names) => names.join(words("vocabulary.comma"));

// A name with its id small beside it, where the id is what files and forms hold: children for `make`.
export const withId = (name, id) => (name === id ? [name] : [name, " ", make("small", { class: "id" }, id)]);

// The ids of a family ("function", "feature") that have a word, and the one of them that somebody means who types a word.
export const idsOf = (family) => keysUnder(`vocabulary.${family}_`).map((rest) => rest.replaceAll("_", "-"));
export const idMeant = (family, typed) => idsOf(family).find((id) => named(family, id).toLowerCase() === typed.toLowerCase()) ?? typed;

export function named(family, id) {
  const key = `vocabulary.${family}_${id.replaceAll("-", "_")}`;
  const word = words(key);
  return word === key ? id : word;
}
