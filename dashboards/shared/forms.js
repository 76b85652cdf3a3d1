// Forms: labelled fields made in one way, and sending what they hold with the answer told beside the button.

import { make, setText } from "./dom.js";

// A label around its control: <label><span>text</span><input …></label>.
export function field(text, control, attributes = {}) {
  return make("label", attributes, make("span", {}, text), control);
}

export function check(text, attributes = {}) {
  return make("label", { class: "check" }, make("input", { type: "checkbox", ...attributes }), make("span", {}, text));
}

// `options` are [value, text] pairs.
export function select(options, attributes = {}, chosen = null) {
  const element = make("select", attributes, ...options.map(([value, text]) => make("option", { value }, text)));
  if (chosen !== null) element.value = chosen;
  return element;
}

// The line beside the buttons of a form in which each answer is told.
export function answerLine() {
  return make("p", { class: "answer", role: "status" });
}

export function tell(line, sentence, wrong = false) {
  line.toggleAttribute("data-wrong", wrong);
  setText(line, sentence);
}

// Do `work` when the form is sent: its buttons wait, and what goes wrong is told in `line`. `work` may return a sentence.
export function onSend(form, line, work) {
  form.onsubmit = async (event) => {
    event.preventDefault();
    await busy(form, line, () => work(new FormData(form)));
  };
}

// The same for anything that is not a form.
export async function busy(element, line, work) {
  const buttons = [...(element.matches("button") ? [element] : element.querySelectorAll("button"))];
  for (const button of buttons) button.disabled = true;
  tell(line, "");
  try {
    tell(line, (await work()) ?? "");
    return true;
  } catch (problem) {
    tell(line, problem.message, true);
    return false;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}
