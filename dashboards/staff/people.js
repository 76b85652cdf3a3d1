// People and rights: accounts, tokens of programs, and who did what.

import { Audit } from "./audit.js";
import { openForm } from "./personform.js";
import { copyOrSelect } from "../shared/copy.js";
import { byId, make, setText } from "../shared/dom.js";
import { ask } from "../shared/ask.js";
import { busy, answerLine } from "../shared/forms.js";
import { get, patch, remove } from "../shared/http.js";
import { open } from "./page.js";
import { dayClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";

let me = null;
let places = []; // [value, name] of every site and space a person can be in charge of
let scopes = [];
let drawn = "";
let audit = null;

async function read(who) {
  me = who;
  if (audit === null) {
    // Lists change when somebody here changes them: asking again every few seconds would only fill the audit.
    const spaces = (await get("/spaces")).items;
    places = placesOf(spaces);
    await draw();
    for (const id of ["add-person", "add-token"]) byId(id).disabled = false; // their forms offer what has been read
    audit = new Audit(spaces);
    await audit.begin();
  }
}

function placesOf(spaces) {
  const sites = [...new Set(spaces.map((space) => space.site))];
  return sites.flatMap((site) => [
    [site, words("people.whole_site", { site })],
    ...spaces.filter((space) => space.site === site).map((space) => [`${site}/${space.space}`, space.name]),
  ]);
}

async function draw() {
  const [people, programs] = await Promise.all([get("/people"), get("/tokens")]);
  scopes = programs.scopes;
  const seen = JSON.stringify([people, programs]);
  if (seen === drawn) return;
  drawn = seen;
  byId("people").replaceChildren(...people.items.map(personRow));
  const rows = programs.items.map(tokenRow);
  byId("programs").replaceChildren(...(rows.length ? rows : [make("li", { class: "lead" }, words("people.no_tokens"))]));
}

// Draw the lists anew, and what was done on top of the audit.
async function again() {
  await draw();
  await audit.begin();
}

function personRow(person) {
  const facts = [
    placeText(person.spaces),
    words(`people.speaks_${person.language}`),
    person.email,
    person.elsewhere ? words("people.elsewhere") : "",
    person.signed_in_at ? words("people.signed_in_at", { time: dayClock(person.signed_in_at, language()) }) : words("people.never_signed_in"),
  ];
  const line = answerLine();
  const change = make("button", { type: "button" }, words("people.change"));
  change.onclick = () => openForm({ person, places, me, done: again });
  const reset = make("button", { type: "button" }, words("people.reset"));
  reset.onclick = () => resetPassword(person, reset, line);
  const gone = make("button", { type: "button", class: "danger" }, words("people.remove"));
  gone.onclick = () => removePerson(person, gone, line);
  return row(person.name, `board.role_${person.role}`, facts, [change, person.elsewhere ? null : reset, gone], line, {
    "data-person": person.name,
    note: person.name === me.name ? words("people.you") : "",
  });
}

function tokenRow(token) {
  const facts = [
    placeText(token.spaces),
    token.scopes.length ? words("people.scopes_are", { scopes: token.scopes.join(words("board.list_comma")) }) : words("people.scopes_all"),
    token.used_at ? words("people.used_at", { time: dayClock(token.used_at, language()) }) : words("people.never_used"),
    token.expires ? words(token.expired ? "people.expired" : "people.expires", { time: dayClock(token.expires, language()) }) : "",
    token.created_by ? words("people.issued_by", { name: token.created_by }) : "",
  ];
  const line = answerLine();
  const revoke = make("button", { type: "button", class: "danger" }, words("people.revoke"));
  revoke.onclick = () => revokeToken(token, revoke, line);
  return row(token.name, `board.role_${token.role}`, facts, [revoke], line, { "data-token": token.name, "data-off": token.expired });
}

function row(name, roleKey, facts, buttons, line, { note = "", ...attributes }) {
  return make(
    "li",
    attributes,
    make(
      "div",
      { class: "facts" },
      make("h3", {}, name, note ? make("small", {}, note) : null),
      make("p", {}, make("b", {}, words(roleKey)), ...facts.filter(Boolean).map((fact) => make("span", {}, fact))),
      line,
    ),
    make("p", { class: "actions" }, ...buttons.filter(Boolean)),
  );
}

function placeText(spaces) {
  if (!spaces.length) return words("people.everywhere");
  const names = new Map(places);
  return words("people.in_charge", { places: spaces.map((one) => names.get(one) ?? one).join(words("board.list_comma")) });
}

async function resetPassword(person, button, line) {
  if (!(await ask(words("people.reset_ask", { name: person.name }), words("people.reset")))) return;
  await busy(button, line, async () => {
    const changed = await patch(`/people/${encodeURIComponent(person.name)}`, { reset_password: true });
    showOnce("shown-person", words("people.password_of", { name: person.name }), changed.password);
    await again();
  });
}

async function removePerson(person, button, line) {
  const lead = make("p", { class: "lead" }, words("people.remove_lead"));
  if (!(await ask(words("people.remove_ask", { name: person.name }), words("people.remove"), lead))) return;
  await busy(button, line, async () => {
    await remove(`/people/${encodeURIComponent(person.name)}`);
    await again();
  });
}

async function revokeToken(token, button, line) {
  const lead = make("p", { class: "lead" }, words("people.revoke_lead"));
  if (!(await ask(words("people.revoke_ask", { name: token.name }), words("people.revoke"), lead))) return;
  await busy(button, line, async () => {
    await remove(`/tokens/${encodeURIComponent(token.name)}`);
    await again();
  });
}

// A secret is shown this once: it stays until somebody says that it is noted.
function showOnce(id, title, secret) {
  const box = byId(id);
  const value = make("code", { tabindex: "0" }, secret);
  const copied = make("p", { class: "answer", role: "status" });
  const copy = make("button", { type: "button" }, words("people.copy"));
  copy.onclick = async () => {
    setText(copied, words((await copyOrSelect(value, secret)) ? "people.copied" : "people.copy_by_hand"));
  };
  const noted = make("button", { type: "button", class: "primary" }, words("people.noted"));
  noted.onclick = () => {
    box.hidden = true;
    box.replaceChildren();
  };
  box.replaceChildren(
    make("h3", {}, title),
    make("p", { class: "secret" }, value),
    make("p", { class: "lead" }, words("people.shown_once")),
    make("p", { class: "actions" }, copy, noted),
    copied,
  );
  box.hidden = false;
  box.scrollIntoView({ block: "nearest" });
  copy.focus();
}

byId("add-person").onclick = () =>
  openForm({
    places,
    me,
    done: async (made) => {
      if (made.password) showOnce("shown-person", words("people.password_of", { name: made.name }), made.password);
      await again();
    },
  });
byId("add-token").onclick = () =>
  openForm({
    token: true,
    places,
    scopes,
    me,
    done: async (made) => {
      showOnce("shown-token", words("people.token_of", { name: made.name }), made.token);
      await again();
    },
  });

await open("people.title", read);
