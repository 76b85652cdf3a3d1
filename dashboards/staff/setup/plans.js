// The floor plans of a site: uploaded as SVG, or begun blank, and opened to say where which space is.

import { ask } from "../../shared/ask.js";
import { make } from "../../shared/dom.js";
import { answerLine, busy, tell } from "../../shared/forms.js";
import { exchange, get, remove } from "../../shared/http.js";
import { words } from "../../shared/words.js";
import { PlanEditor } from "./planeditor.js";

const BLANK = [0, 0, 1000, 600];
const MOST_BYTES = 512 * 1024;

export class Plans {
  constructor(catalogue, site, { admin }) {
    this.catalogue = catalogue;
    this.site = site;
    this.admin = admin;
    this.plans = [];
    this.editor = null;
    this.line = answerLine();
    this.list = make("ul", { class: "entries" });
    this.stage = make("div", {});
    this.file = make("input", { type: "file", accept: ".svg,image/svg+xml", id: "plan-file" });
    this.file.onchange = () => this.upload();
    const blank = make("button", { type: "button", id: "plan-blank" }, words("setup.plan_blank"));
    blank.onclick = () => this.begin();
    const adding = admin
      ? make(
          "section",
          { class: "entry" },
          make("h3", {}, words("setup.plan_add")),
          make("p", { class: "hint" }, words("setup.plan_add_hint")),
          make("label", { for: "plan-file" }, make("span", {}, words("setup.plan_upload")), this.file),
          make("p", { class: "actions" }, blank),
        )
      : null;
    this.element = make("div", { class: "listing" }, this.line, this.list, this.stage, adding);
  }

  async read() {
    this.plans = (await get(`/floorplans?site=${this.site}`)).items;
    this.draw();
  }

  changed() {
    return this.editor !== null && this.editor.element.isConnected && this.editor.changed();
  }

  draw() {
    this.list.replaceChildren(...this.plans.map((plan) => this.row(plan)));
  }

  row(plan) {
    const change = make("button", { type: "button", "aria-label": words("setup.change_of", { name: plan.name }) }, words("setup.plan_open"));
    change.onclick = () => this.open(plan);
    const gone = make("button", { type: "button", class: "danger", "aria-label": words("setup.remove_of", { name: plan.name }) }, words("setup.remove"));
    gone.onclick = () => this.drop(plan);
    const drawn = (plan.svg?.match(/data-space=/g) ?? []).length;
    return make(
      "li",
      { class: "entry", "data-entry": plan.id },
      make(
        "div",
        { class: "entry-head" },
        make("h3", {}, plan.name),
        this.admin ? make("p", { class: "actions" }, change, gone) : null,
        make("p", { class: "facts-line" }, words("setup.plan_facts", { n: plan.areas.length + drawn })),
      ),
    );
  }

  async leave() {
    return !this.changed() || (await ask(words("setup.discard"), words("setup.discard_yes")));
  }

  freeId() {
    return this.catalogue.freeId("", "plan", this.plans);
  }

  async begin() {
    if (!(await this.leave())) return;
    const name = words("setup.plan_name_n", { n: this.plans.length + 1 });
    this.open({ site: this.site, id: this.freeId(), name, view_box: BLANK, svg: null, areas: [], version: null }, true);
  }

  async upload() {
    const [chosen] = this.file.files;
    if (!chosen || !(await this.leave())) return;
    if (chosen.size > MOST_BYTES) {
      tell(this.line, words("setup.plan_too_large"), true);
      return;
    }
    await busy(this.element, this.line, async () => {
      const name = chosen.name.replace(/\.svg$/i, "").slice(0, 100) || words("setup.plan_name_n", { n: this.plans.length + 1 });
      const body = { site: this.site, id: this.freeId(), name, svg: await chosen.text() };
      const { body: plan } = await exchange("POST", "/floorplans", body);
      this.file.value = "";
      this.plans.push(plan);
      this.draw();
      this.show(plan, false);
      return words("setup.plan_uploaded");
    });
  }

  async open(plan, fresh = false) {
    if (!(await this.leave())) return;
    tell(this.line, "");
    this.show(plan, fresh);
  }

  show(plan, fresh) {
    this.editor = new PlanEditor(plan, this.catalogue.spaces(this.site), {
      save: (said) => this.save(plan, said, fresh),
      close: async () => {
        if (!(await this.leave())) return;
        this.stage.replaceChildren();
        this.editor = null;
      },
    });
    this.stage.replaceChildren(this.editor.element);
    this.editor.focus();
  }

  async save(plan, said, fresh) {
    const body = { name: said.name, view_box: plan.view_box, svg: plan.svg, areas: said.areas };
    let kept;
    if (fresh && plan.version === null) {
      kept = await exchange("POST", "/floorplans", { ...body, site: plan.site, id: plan.id });
    } else {
      kept = await exchange("PUT", `/floorplans/${plan.site}/${plan.id}`, body, { "If-Match": `"${plan.version}"` });
    }
    Object.assign(plan, kept.body);
    await this.read();
    return plan;
  }

  async drop(plan) {
    if (!(await ask(words("setup.remove_sure", { name: plan.name }), words("setup.remove"), make("p", {}, words("setup.plan_removing"))))) return;
    await busy(this.element, this.line, async () => {
      await remove(`/floorplans/${plan.site}/${plan.id}`);
      this.stage.replaceChildren();
      this.editor = null;
      await this.read();
      return words("setup.removed", { name: plan.name });
    });
  }
}
