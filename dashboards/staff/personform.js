// The form of a person or a token, in a dialog: role, spaces, and what else there is to choose.

import { make } from "../shared/dom.js";
import { answerLine, check, field, onSend, select } from "../shared/forms.js";
import { patch, post } from "../shared/http.js";
import { language, words } from "../shared/words.js";

const ROLES = ["viewer", "steward", "scheduler", "partner", "admin"];
const DAY_MS = 86_400_000;
const LIVES = [30, 90, 365];

// `person`: change this one; `token`: issue a token; else add a person. `done` is told the answer.
export function openForm({ person = null, token = false, places, scopes = [], done }) {
  const dialog = make("dialog", { class: "person", "aria-labelledby": "person-title" });
  const title = person ? words("people.change_title", { name: person.name }) : words(token ? "people.add_token" : "people.add_person");
  const close = make("button", { type: "button", class: "close", "aria-label": words("page.close") }, "×");
  const line = answerLine();
  const role = select(ROLES.map((one) => [one, words(`board.role_${one}`)]), { name: "role" }, person?.role ?? (token ? "viewer" : "steward"));
  const roleLead = make("p", { class: "lead" });
  const where = placesField(places, person?.spaces ?? []);
  role.onchange = () => {
    roleLead.textContent = words(`people.role_${role.value}`);
    where.hidden = role.value === "admin" || role.value === "viewer"; // the one is everywhere, the other acts nowhere
  };
  role.onchange();
  role.disabled = person?.elsewhere ?? false; // the provider says it, at each sign-in
  const form = make(
    "form",
    { class: "inside" },
    make("header", {}, make("h2", { id: "person-title" }, title), close),
    make(
      "div",
      { class: "fields" },
      person ? null : field(words(token ? "people.token_name" : "board.name"), nameInput()),
      field(words("people.role"), role),
      token ? field(words("people.lives"), lives()) : field(words("people.language"), languages(person)),
      token ? null : field(words("people.email"), make("input", { name: "email", type: "email", maxlength: 254, value: person?.email ?? "", autocomplete: "off" })),
    ),
    roleLead,
    where,
    token ? scopesField(scopes) : null,
    person || token ? null : make("p", { class: "lead" }, words("people.password_lead")),
    line,
    make("p", { class: "actions" }, make("button", { type: "submit", class: "primary" }, words(person ? "people.save" : token ? "people.issue" : "people.add"))),
  );
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  onSend(form, line, async (data) => {
    const body = bodyOf(data, role, where, { person, token });
    const answer = person ? await patch(`/people/${encodeURIComponent(person.name)}`, body) : await post(token ? "/tokens" : "/people", body);
    dialog.close();
    await done(answer);
  });
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
}

function bodyOf(data, role, where, { person, token }) {
  const body = { spaces: where.hidden ? [] : data.getAll("spaces") };
  if (!role.disabled) body.role = role.value;
  if (!person) body.name = data.get("name").trim();
  if (!token) {
    body.language = data.get("language");
    body.email = data.get("email").trim();
    return body;
  }
  body.scopes = data.getAll("scopes");
  const days = Number(data.get("lives"));
  if (days) body.expires = new Date(Date.now() + days * DAY_MS).toISOString();
  return body;
}

function nameInput() {
  return make("input", { name: "name", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false", pattern: "[^\\/]+" });
}

function languages(person) {
  return select(["zh", "en"].map((one) => [one, words(`people.speaks_${one}`)]), { name: "language" }, person?.language ?? language());
}

function lives() {
  return select([["", words("people.lives_ever")], ...LIVES.map((days) => [days, words("people.lives_days", { n: days })])], { name: "lives" }, "90");
}

function placesField(places, chosen) {
  const boxes = places.map(([value, name]) => check(name, { name: "spaces", value, checked: chosen.includes(value) }));
  return make("fieldset", { class: "choices" }, make("legend", {}, words("people.spaces")), make("p", { class: "lead" }, words("people.spaces_lead")), make("div", { class: "boxes" }, ...boxes));
}

function scopesField(scopes) {
  const boxes = scopes.filter((one) => one !== "*").map((one) => check(one, { name: "scopes", value: one }));
  return make("details", { class: "choices" }, make("summary", {}, words("people.scopes")), make("p", { class: "lead" }, words("people.scopes_lead")), make("div", { class: "boxes" }, ...boxes));
}
