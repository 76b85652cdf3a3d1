// Who I am to the community: what is kept, where I am signed in, taking it away, and deleting it.

import { ask } from "../shared/ask.js";
import { make } from "../shared/dom.js";
import { busy, field, onSend, select, tell } from "../shared/forms.js";
import { get, patch, post, remove } from "../shared/http.js";
import { rememberLanguage, words } from "../shared/words.js";
import { calendarOf } from "./calendar.js";
import { showCode } from "./enter.js";
import { asMe, load, me, signOut, take } from "./me.js";
import * as passkey from "./passkey.js";

export function accountOf(app) {
  const box = make("details", { class: "account paper" });
  const answer = make("p", { class: "answer", role: "status" });
  const codeBox = make("div", {});
  const calendar = calendarOf(app.site); // made once: a link that was shown stays while other parts are drawn anew
  show();
  return box;

  function show() {
    const who = me();
    const open = box.open;
    box.replaceChildren(
      make("summary", {}, words("resident.account")),
      person(who),
      codeBox,
      answer,
      make("p", { class: "actions" },
        act("resident.renew_code", async () => {
          const { code } = await post("/me/code");
          showCode(codeBox, code, () => codeBox.replaceChildren());
        }),
        act("resident.sign_out", async () => {
          await signOut();
          await left();
        })),
      calendar,
      ...keys(who),
      make("h3", {}, words("resident.devices")),
      make("ul", { class: "rows" }, ...who.sessions.map(session)),
      make("h3", {}, words("resident.privacy")),
      ...["kept", "not", "long"].map((one) => make("p", {}, words(`resident.privacy_${one}`))),
      make("p", { class: "actions" }, act("resident.download", download), act("resident.delete", erase, "danger")),
    );
    box.open = open;
  }

  function person(who) {
    const name = make("input", { name: "name", autocomplete: "name", maxlength: 40, value: who.name });
    const phone = make("input", { name: "phone", type: "tel", autocomplete: "tel", maxlength: 32, value: who.phone ?? "" });
    const languages = ["zh", "en"].map((one) => [one, words(`resident.language_${one}`)]);
    const spoken = select(languages, { name: "language" }, who.language);
    const line = make("p", { class: "answer", role: "status" });
    const form = make("form", { class: "enter" }, field(words("resident.who"), name), field(words("resident.phone"), phone),
      field(words("resident.language"), spoken), line, make("button", { type: "submit" }, words("resident.save")),
      make("p", { class: "hint" }, `${words("resident.handle")} ${who.handle} · ${words("resident.handle_hint")}`));
    onSend(form, line, async () => {
      const before = me()?.language;
      const changed = take(await asMe(() => patch("/me", { name: name.value, phone: phone.value, language: spoken.value })));
      phone.value = changed.phone ?? "";
      // Another language begins the page anew; a code, which is shown this once, is noted first.
      const speak = () => changed.language !== before && rememberLanguage(changed.language);
      if (changed.code) {
        showCode(codeBox, changed.code, () => {
          codeBox.replaceChildren();
          speak();
        });
      } else speak();
      app.again();
      return words("resident.saved");
    });
    return form;
  }

  function keys(who) {
    if (!passkey.possible() && !who.passkeys.length) return [];
    return [
      make("h3", {}, words("resident.passkeys")),
      who.passkeys.length ? make("ul", { class: "rows" }, ...who.passkeys.map(key)) : make("p", { class: "hint" }, words("resident.no_passkeys")),
      passkey.possible() ? make("p", { class: "actions" }, act("resident.add_passkey", async () => { await passkey.add(); show(); })) : null,
    ].filter(Boolean);
  }

  function key(one) {
    const forget = async () => {
      if (!(await ask(words("resident.confirm_remove"), words("resident.remove")))) return;
      await remove(`/me/passkeys/${encodeURIComponent(one.id)}`);
      await load();
      show();
    };
    return row(one.device, words("resident.since", { day: one.since }), act("resident.remove", forget));
  }

  function session(one) {
    const end = async () => {
      await remove(`/me/sessions/${one.id}`);
      await load();
      show();
    };
    const seen = words("resident.seen", { day: one.seen });
    return one.this ? row(one.device, words("resident.this_device")) : row(one.device, seen, act("resident.sign_out_there", end));
  }

  function row(device, when, button = null) {
    return make("li", {}, make("span", {}, `${device || words("resident.device_unknown")} · ${when}`), button);
  }

  function act(key_, work, kind = null) {
    const button = make("button", { type: "button", class: kind }, words(key_));
    button.onclick = () => busy(button, answer, async () => { await asMe(work); });
    return button;
  }

  async function download() {
    const all = await get("/me/data");
    const file = URL.createObjectURL(new Blob([JSON.stringify(all, null, 2)], { type: "application/json" }));
    const link = make("a", { href: file, download: `foldspace-${me().handle}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(file), 10_000);
  }

  async function erase() {
    const sure = await ask(words("resident.confirm_delete"), words("resident.delete_yes"), make("p", {}, words("resident.confirm_delete_more")));
    if (!sure) return;
    await remove("/me");
    take(null);
    await left(words("resident.deleted"));
  }

  async function left(sentence = "") {
    const main = document.getElementById("main");
    main.replaceChildren();
    await app.again();
    if (sentence) {
      const line = make("p", { class: "empty", role: "status" });
      main.prepend(line);
      tell(line, sentence);
    }
    main.focus();
  }
}
