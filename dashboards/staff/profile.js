// The account of whoever is signed in, in a dialog that every staff page has: password, language, own sessions.

import { ask } from "../shared/ask.js";
import { make } from "../shared/dom.js";
import { answerLine, busy, field, onSend, select } from "../shared/forms.js";
import { get, patch, post, remove } from "../shared/http.js";
import { listed } from "../shared/vocabulary.js";
import { addWords, rememberLanguage, words } from "../shared/words.js";

const STYLES = ["/static/shared/dialog.css", "/static/staff/profile.css"];

export async function openProfile(who) {
  await addWords("people");
  await Promise.all(STYLES.map(style));
  const close = make("button", { type: "button", class: "close", "aria-label": words("page.close") }, "×");
  const dialog = make("dialog", { class: "profile", "aria-labelledby": "profile-title" });
  const places = who.spaces.length ? words("people.in_charge", { places: listed(who.spaces) }) : "";
  dialog.append(
    make(
      "div",
      { class: "inside" },
      make("header", {}, make("h2", { id: "profile-title" }, words("people.account", { name: who.name })), close),
      make("p", { class: "lead" }, [words(`people.is_${who.role}`), places].filter(Boolean).join(" · ")),
      languageForm(who),
      passwordForm(who),
      sessionsPart(),
    ),
  );
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
}

// A page that has no dialogs of its own has not loaded their styles.
function style(href) {
  if (document.querySelector(`link[href="${href}"]`)) return null;
  const link = make("link", { rel: "stylesheet", href });
  const loaded = new Promise((resolve) => {
    link.onload = link.onerror = resolve;
  });
  document.head.append(link);
  return loaded;
}

function languageForm(who) {
  const line = answerLine();
  const choice = select(["zh", "en"].map((one) => [one, words(`people.speaks_${one}`)]), { name: "language" }, who.language);
  const form = make("form", { class: "line" }, field(words("people.language"), choice), make("button", { type: "submit" }, words("people.save")), line);
  onSend(form, line, async () => {
    await patch("/session", { language: choice.value });
    rememberLanguage(choice.value);
  });
  return form;
}

function passwordForm(who) {
  const line = answerLine();
  const secret = (name, autocomplete) => make("input", { name, type: "password", autocomplete, required: true, minlength: name === "old" ? 1 : 8, maxlength: 256 });
  const form = make(
    "form",
    { class: "part" },
    make("h3", {}, words("people.own_password")),
    make("input", { type: "text", autocomplete: "username", value: who.name, hidden: true, readonly: true }), // for password managers
    field(words("people.old_password"), secret("old", "current-password")),
    field(words("people.new_password"), secret("new", "new-password")),
    field(words("people.new_again"), secret("again", "new-password")),
    make("p", { class: "lead" }, words("people.password_ends")),
    line,
    make("p", { class: "actions" }, make("button", { type: "submit", class: "primary" }, words("people.change_password"))),
  );
  onSend(form, line, async (data) => {
    if (data.get("new") !== data.get("again")) throw new Error(words("people.not_the_same"));
    await post("/session/password", { old: data.get("old"), new: data.get("new") });
    form.reset();
    return words("people.password_changed");
  });
  return form;
}

function sessionsPart() {
  const list = make("ul", { class: "sessions" });
  const line = answerLine();
  const others = make("button", { type: "button", hidden: true }, words("people.end_others"));
  const draw = async () => {
    const { items } = await get("/sessions");
    others.hidden = items.length < 2;
    list.replaceChildren(...items.map((one) => sessionRow(one, line, draw)));
  };
  others.onclick = async () => {
    if (!(await ask(words("people.end_others_ask"), words("people.end_others")))) return;
    await busy(others, line, async () => {
      await remove("/sessions");
      await draw();
    });
  };
  draw().catch((problem) => {
    line.textContent = problem.message;
  });
  return make("section", { class: "part" }, make("h3", {}, words("people.own_sessions")), list, line, make("p", { class: "actions" }, others));
}

function sessionRow(one, line, draw) {
  const end = make("button", { type: "button" }, words("people.end_session"));
  end.onclick = () =>
    busy(end, line, async () => {
      await remove(`/sessions/${one.id}`);
      await draw();
    });
  const seen = `${one.seen_at.slice(0, 10)} ${one.seen_at.slice(11, 16)}`;
  return make(
    "li",
    {},
    make("p", {}, make("b", {}, browserName(one.agent)), one.current ? make("small", {}, words("people.this_session")) : null),
    make("p", { class: "lead" }, words("people.session_facts", { time: seen, address: one.address })),
    one.current ? null : end,
  );
}

// Enough of a browser's long name to know one's own again.
function browserName(agent) {
  const browser = [["Edg/", "Edge"], ["MicroMessenger/", "WeChat"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]].find(([mark]) => agent.includes(mark));
  const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]].find(([mark]) => agent.includes(mark));
  return [browser?.[1] ?? words("people.some_browser"), system?.[1]].filter(Boolean).join(" · ");
}
