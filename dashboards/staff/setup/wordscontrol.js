// Several words of a family, those in use to choose from and any other to add: what a space is used for, what it has.

import { make } from "../../shared/dom.js";
import { idMeant, idsOf, named, withId } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";

const BETWEEN = /[,，、;；]/;
let lists = 0;

export const functionsControl = (values, known) => wordsControl("function", values, known);
export const featuresControl = (values, known) => wordsControl("feature", values, known);

// `known` are ids in use elsewhere. Whoever types a word that the catalogue has means its id: nobody invents it anew.
function wordsControl(family, values, known) {
  const chosen = new Set(values);
  const list = make("div", { class: "checks" });
  lists += 1;
  const offered = make("datalist", { id: `words-${lists}` }, ...idsOf(family).map((id) => make("option", { value: named(family, id) })));
  const fresh = make("input", { maxlength: 60, autocomplete: "off", list: offered.id, "aria-label": words("setup.add_word") });
  const add = make("button", { type: "button" }, words("setup.add"));
  const typed = () => fresh.value.split(BETWEEN).map((one) => one.trim()).filter(Boolean).map((one) => idMeant(family, one));
  const draw = () => {
    const all = [...new Set([...known, ...chosen])];
    list.replaceChildren(
      ...all.map((one) => {
        const box = make("input", { type: "checkbox", value: one });
        box.checked = chosen.has(one);
        box.onchange = () => (box.checked ? chosen.add(one) : chosen.delete(one));
        return make("label", { class: "check" }, box, make("span", {}, ...withId(named(family, one), one)));
      }),
    );
  };
  const take = () => {
    for (const one of typed()) chosen.add(one);
    fresh.value = "";
    draw();
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };
  add.onclick = take;
  fresh.onkeydown = (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    take();
  };
  const element = make("div", { class: "words" }, list, make("p", { class: "adder" }, fresh, add, offered));
  draw();
  // What was typed and not yet added is meant as well: nobody presses two buttons.
  return {
    element,
    group: true,
    read: () => {
      const meant = typed();
      return [...new Set([...known, ...chosen, ...meant])].filter((one) => chosen.has(one) || meant.includes(one));
    },
    fault: () => "",
  };
}
