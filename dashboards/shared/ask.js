// A question before something that hurts: what would happen, yes or no. Whoever asks waits for the answer.

import { make } from "./dom.js";
import { words } from "./words.js";

// Return whether it was confirmed. `question` and `confirm` are sentences; `more` are elements between them.
export function ask(question, confirm, ...more) {
  const dialog = make("dialog", { "aria-labelledby": "ask-title" });
  const yes = make("button", { type: "submit", class: "primary", value: "yes" }, confirm);
  const no = make("button", { type: "submit", value: "no", formnovalidate: true }, words("page.cancel"));
  dialog.append(
    make(
      "form",
      { class: "inside", method: "dialog" },
      make("header", {}, make("h2", { id: "ask-title" }, question)),
      ...more,
      make("p", { class: "actions" }, yes, no),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
