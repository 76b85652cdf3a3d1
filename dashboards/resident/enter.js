// How somebody who is not signed in comes in: a name and a phone number, a passkey, or the code of another device.

import { make, setText } from "../shared/dom.js";
import { busy, field, tell } from "../shared/forms.js";
import { words } from "../shared/words.js";
import { signIn, signUp } from "./me.js";
import * as passkey from "./passkey.js";

// Fill `box` with the fields; `entered(answer)` is called when somebody is in. `action` names what happens next.
export function enter(box, action, entered) {
  const line = make("p", { class: "answer", role: "alert" });
  const form = make("form", { class: "enter" });
  box.replaceChildren(form);
  first();

  function first() {
    const name = make("input", { name: "name", autocomplete: "name", maxlength: 40, required: true });
    const phone = make("input", {
      name: "phone", type: "tel", inputmode: "tel", autocomplete: "tel", maxlength: 32, required: true,
    });
    const submit = make("button", { class: "primary big", type: "submit" }, action);
    form.replaceChildren(
      field(words("resident.who"), name, { "data-hint": words("resident.who_hint") }),
      field(words("resident.phone"), phone, { "data-hint": words("resident.phone_hint") }),
      line,
      submit,
      ...others(name),
      link("resident.have_account", second),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      busy(form, line, async () => entered(await signUp(name.value, phone.value)));
    };
  }

  function second() {
    tell(line, "");
    const who = make("input", { name: "who", autocomplete: "tel", maxlength: 32, required: true });
    const code = make("input", {
      name: "code", autocomplete: "one-time-code", autocapitalize: "characters", maxlength: 32, required: true,
      spellcheck: "false",
    });
    form.replaceChildren(
      field(words("resident.who_sign_in"), who),
      field(words("resident.code"), code, { "data-hint": words("resident.code_hint") }),
      line,
      make("button", { class: "primary big", type: "submit" }, words("resident.sign_in")),
      ...(passkey.possible() ? [button("resident.sign_in_passkey", () => passkey.signIn())] : []),
      link("resident.back", first),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      busy(form, line, async () => entered(await signIn(who.value, code.value)));
    };
    who.focus();
  }

  function others(name) {
    return passkey.possible() ? [button("resident.with_passkey", () => passkey.signUp(name.value))] : [];
  }

  function button(key, ceremony) {
    const element = make("button", { class: "big", type: "button" }, words(key));
    element.onclick = () => busy(form, line, async () => entered(await ceremony()));
    return element;
  }

  function link(key, go) {
    const element = make("button", { class: "quiet", type: "button" }, words(key));
    element.onclick = () => {
      tell(line, "");
      go();
    };
    return element;
  }
}

// The code that is shown once, until it is noted.
export function showCode(box, code, noted) {
  const done = make("button", { class: "primary big", type: "button" }, words("resident.noted"));
  done.onclick = noted;
  const shown = make("output", { class: "code" });
  setText(shown, code);
  box.replaceChildren(
    make("section", { class: "paper", "aria-labelledby": "new-code" },
      make("h2", { id: "new-code" }, words("resident.new_code")),
      shown,
      make("p", {}, words("resident.new_code_hint")),
      done),
  );
  done.focus();
}
