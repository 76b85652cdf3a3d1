// The community file: downloaded, and laid over the catalogue after a look at what it would change.

import { ask } from "../../shared/ask.js";
import { make } from "../../shared/dom.js";
import { answerLine, busy, check, tell } from "../../shared/forms.js";
import { request } from "../../shared/http.js";
import { listed, named } from "../../shared/vocabulary.js";
import { words } from "../../shared/words.js";

const PLAIN = { "Content-Type": "application/toml" };

export class CommunityFile {
  constructor(catalogue, { onImported }) {
    this.catalogue = catalogue;
    this.onImported = onImported;
    this.text = null;
    this.line = answerLine();
    this.result = make("div", { "aria-live": "polite" });
    this.file = make("input", { type: "file", accept: ".toml,text/plain", id: "community-file" });
    this.replace = check(words("setup.file_replace"));
    this.apply = make("button", { type: "button", class: "primary", hidden: true }, words("setup.file_apply"));
    this.file.onchange = () => this.look();
    this.replace.querySelector("input").onchange = () => this.text !== null && this.look();
    this.apply.onclick = () => this.load();
    this.element = make(
      "div",
      { class: "listing" },
      make(
        "section",
        { class: "entry" },
        make("h3", {}, words("setup.file_out")),
        make("p", { class: "hint" }, words("setup.file_out_hint")),
        make("p", { class: "actions" }, make("a", { class: "button", href: "/api/v1/community/file", download: "community.toml" }, words("setup.file_download"))),
      ),
      make(
        "section",
        { class: "entry" },
        make("h3", {}, words("setup.file_in")),
        make("p", { class: "hint" }, words("setup.file_in_hint")),
        make("label", { for: "community-file" }, make("span", {}, words("setup.file_choose")), this.file),
        this.replace,
        this.line,
        this.result,
        make("p", { class: "actions" }, this.apply),
      ),
    );
  }

  path(dry) {
    return `/community/import?dry_run=${dry}&replace=${this.replace.querySelector("input").checked}`;
  }

  async look() {
    const [chosen] = this.file.files;
    if (!chosen) return;
    this.apply.hidden = true;
    this.result.replaceChildren();
    await busy(this.element, this.line, async () => {
      this.text = await chosen.text();
      this.found = await request("POST", this.path(true), this.text, PLAIN);
      this.show(this.found);
      return "";
    });
  }

  show(found) {
    const { faults, changes, more } = found;
    this.apply.hidden = faults.length > 0 || changes.length === 0;
    const parts = [];
    if (faults.length) {
      parts.push(make("h4", {}, words("setup.file_faults", { n: faults.length })));
      const rows = faults.map((one) => make("tr", {}, make("td", {}, make("code", {}, one.where || "–")), make("td", {}, one.entry ?? ""), make("td", {}, one.what)));
      parts.push(table(["setup.file_where", "setup.file_entry", "setup.file_what"], rows));
    } else if (changes.length === 0) parts.push(make("p", {}, words("setup.file_same")));
    if (changes.length) {
      const count = (what) => changes.filter((one) => one.what === what).length;
      const params = { added: count("added"), changed: count("changed"), removed: count("removed") };
      parts.push(make("h4", {}, words("setup.file_changes", params)));
      parts.push(table(["setup.file_becomes", "setup.file_table", "setup.file_entry", "setup.file_fields"], changes.map(changeRow)));
      if (more) parts.push(make("p", { class: "hint" }, words("setup.preview_more", { n: more })));
    }
    this.result.replaceChildren(...parts);
  }

  async load() {
    const removed = this.found.changes.filter((one) => one.what === "removed").map((one) => `${words(`setup.section_${one.table}`)} ${one.entry}`);
    const gone = removed.length
      ? make("div", {}, make("p", {}, words("setup.file_removes")), make("ul", { class: "plain-list" }, ...removed.slice(0, 20).map((one) => make("li", {}, one))))
      : null;
    if (!(await ask(words("setup.file_sure"), words("setup.file_apply"), gone))) return;
    const done = await busy(this.element, this.line, async () => {
      const answer = await request("POST", this.path(false), this.text, PLAIN);
      await this.catalogue.read();
      this.result.replaceChildren();
      this.apply.hidden = true;
      this.text = null;
      this.file.value = "";
      return answer.trouble ?? words("setup.file_done", { n: answer.changes.length + answer.more });
    });
    if (done) this.onImported();
    else if (this.line.textContent === "") tell(this.line, words("setup.file_changed"), true);
  }
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((key) => make("th", { scope: "col" }, words(key))));
  return make("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": words(heads[0]) }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function changeRow(one) {
  const fields = one.fields.map(({ field, before, after }) =>
    make("div", {}, make("code", {}, field), " ", make("del", {}, said(field, before)), " → ", make("ins", {}, said(field, after))),
  );
  const name = one.table === "policy" ? "" : one.entry;
  return make(
    "tr",
    { "data-what": one.what },
    make("td", {}, make("span", { class: `what-${one.what}` }, words(`setup.what_${one.what}`))),
    make("td", {}, words(`setup.section_${one.table}`)),
    make("td", {}, name),
    make("td", {}, ...fields),
  );
}

const FAMILIES = { functions: "function", function: "function", features: "feature" };

// What a field says. The file has ids: the words of functions and features stand before them.
function said(field, value) {
  if (value === null) return words("setup.nothing");
  if (field in FAMILIES && value.length) return listed([value].flat().map((id) => withIdText(FAMILIES[field], id)));
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text || "“”";
}

function withIdText(family, id) {
  const name = named(family, id);
  return name === id ? id : words("vocabulary.with_id", { name, id });
}
