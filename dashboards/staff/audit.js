// The audit on the page: filters, plain sentences, the newest first, more on demand.

import { byId, make, setText } from "../shared/dom.js";
import { field, select } from "../shared/forms.js";
import { get } from "../shared/http.js";
import { dayClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";

const PAGE = 50;
const KINDS = ["change", "look", "session"];

export class Audit {
  constructor(spaces) {
    this.next = null;
    const sites = [...new Set(spaces.map((space) => space.site))];
    this.form = byId("asked");
    const fields = [
      field(words("people.audit_who"), make("input", { name: "who", maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false" })),
      field(words("people.audit_kind"), select([["", words("people.audit_all")], ...KINDS.map((kind) => [kind, words(`people.audit_${kind}`)])], { name: "kind" })),
      sites.length > 1 ? field(words("people.audit_site"), select([["", words("people.audit_all")], ...sites.map((site) => [site, site])], { name: "site" })) : null,
      field(words("people.audit_since"), make("input", { name: "since", type: "date" })),
      field(words("people.audit_until"), make("input", { name: "until", type: "date" })),
    ];
    this.form.replaceChildren(...fields.filter(Boolean));
    this.form.onsubmit = (event) => event.preventDefault();
    this.form.onchange = () => this.begin();
    byId("more").onclick = () => this.read(this.next);
  }

  begin() {
    return this.read(null);
  }

  query() {
    const data = new FormData(this.form);
    const query = new URLSearchParams();
    for (const name of ["who", "kind", "site"]) if (data.get(name)) query.set(name, data.get(name).trim());
    // Days are those of whoever reads; the last one is included.
    if (data.get("since")) query.set("since", new Date(`${data.get("since")}T00:00`).toISOString());
    if (data.get("until")) query.set("until", nextDay(data.get("until")).toISOString());
    return query;
  }

  async read(after) {
    const query = this.query();
    byId("export").href = `/api/v1/audit/export?${new URLSearchParams([...query, ["lang", language()]])}`;
    query.set("limit", PAGE);
    if (after !== null) query.set("after", after);
    setText(byId("audit-answer"), "");
    try {
      const page = await get(`/audit?${query}`);
      const rows = page.items.map(entry);
      if (after === null) byId("entries").replaceChildren(...rows);
      else byId("entries").append(...rows);
      this.next = page.next;
    } catch (problem) {
      byId("audit-answer").toggleAttribute("data-wrong", true);
      setText(byId("audit-answer"), problem.message);
    }
    byId("more").hidden = this.next === null;
    byId("audit-none").hidden = byId("entries").children.length > 0;
  }
}

function nextDay(day) {
  const at = new Date(`${day}T00:00`);
  at.setDate(at.getDate() + 1);
  return at;
}

function entry(one) {
  const wrong = one.status === null || one.status >= 400;
  const details = [
    one.role ? words(`board.role_${one.role}`) : "",
    one.via ? words(`people.via_${one.via}`) : "",
    one.address,
    one.fields.length ? words("people.audit_fields", { fields: one.fields.join(words("board.list_comma")) }) : "",
  ].filter(Boolean);
  return make(
    "li",
    { "data-kind": one.kind, "data-wrong": wrong },
    make("time", { datetime: one.at }, dayClock(one.at, language())),
    make("p", {}, make("b", { class: "sort" }, words(`people.audit_${one.kind}`)), make("span", {}, one.sentence)),
    make("p", { class: "lead" }, details.join(" · ")),
  );
}
