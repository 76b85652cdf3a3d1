// A list of entries of one kind: each on a line that says it, opened to change it, and a form to add one.

import { ask } from "../../shared/ask.js";
import { make, setText } from "../../shared/dom.js";
import { answerLine, tell } from "../../shared/forms.js";
import { words } from "../../shared/words.js";
import { Form } from "./form.js";

export class Entries {
  // `kind`: { items(), key(item), title(item), facts(item), fields(item|null), add, none, save(item|null, values, changes),
  // remove(item), removing(item), locked }. `items` reads what there is now.
  constructor(kind) {
    this.kind = kind;
    this.open = null; // the key that is being changed; "" while one is added
    this.line = answerLine();
    this.list = make("ul", { class: "entries" });
    this.none = make("p", { class: "hint" }, kind.none);
    this.add = make("button", { type: "button", class: "add" }, kind.add);
    this.add.onclick = () => this.edit(null);
    this.fresh = make("div", { class: "fresh" });
    this.add.hidden = Boolean(kind.fixed);
    this.element = make("div", { class: "listing" }, this.add, this.fresh, this.line, this.none, this.list);
    this.draw();
  }

  draw() {
    const items = this.kind.items();
    this.none.hidden = items.length > 0 || this.open === "";
    this.list.replaceChildren(...items.map((item) => this.row(item)));
  }

  row(item) {
    const { kind } = this;
    const key = kind.key(item);
    const change = make("button", { type: "button", "aria-label": words("setup.change_of", { name: kind.title(item) }) }, words("setup.change"));
    change.onclick = () => this.edit(item);
    const gone = kind.remove
      ? make("button", { type: "button", class: "danger", "aria-label": words("setup.remove_of", { name: kind.title(item) }) }, words("setup.remove"))
      : null;
    if (gone) gone.onclick = () => this.remove(item);
    const facts = kind.facts(item).filter(Boolean);
    const head = make(
      "div",
      { class: "entry-head" },
      make("h3", {}, kind.title(item)),
      make("p", { class: "actions" }, change, gone),
      facts.length ? make("p", { class: "facts-line" }, facts.join(" · ")) : null,
    );
    return make("li", { class: "entry", "data-entry": key }, head);
  }

  edit(item) {
    if (this.open !== null) {
      const there = this.element.querySelector(".entry-form");
      if (there) {
        there.scrollIntoView({ block: "nearest" });
        tell(this.line, words("setup.finish_first"), true);
        return;
      }
    }
    tell(this.line, "");
    const { kind } = this;
    const key = item === null ? "" : kind.key(item);
    const form = new Form({
      fields: kind.fields(item),
      save: item === null ? kind.add : words("setup.save"),
      onSave: async (values, changes) => {
        const said = await kind.save(item, values, changes);
        form.forget();
        this.close(key);
        tell(this.line, said ?? words("setup.saved"));
      },
      onCancel: () => this.close(key),
    });
    this.open = key;
    if (item === null) {
      this.add.hidden = true;
      this.none.hidden = true;
      this.fresh.replaceChildren(make("h3", {}, kind.add), form.element);
      this.fresh.classList.add("entry");
    } else {
      const row = this.list.querySelector(`[data-entry="${CSS.escape(key)}"]`);
      row.querySelector(".entry-head .actions").hidden = true;
      row.classList.add("opened");
      row.append(form.element);
    }
    form.element.querySelector("input, select, textarea")?.focus();
  }

  close(key) {
    this.open = null;
    this.fresh.replaceChildren();
    this.fresh.classList.remove("entry");
    this.add.hidden = Boolean(this.kind.fixed);
    this.draw();
    const row = key ? this.list.querySelector(`[data-entry="${CSS.escape(key)}"] button`) : null;
    (row ?? this.add).focus();
  }

  async remove(item) {
    const { kind } = this;
    const sure = await ask(
      words("setup.remove_sure", { name: kind.title(item) }),
      words("setup.remove"),
      make("p", {}, kind.removing(item)),
    );
    if (!sure) return;
    try {
      const said = await kind.remove(item);
      this.draw();
      tell(this.line, said ?? words("setup.removed", { name: kind.title(item) }));
      setText(this.none, kind.none);
      (this.list.querySelector("button") ?? this.add).focus();
    } catch (problem) {
      tell(this.line, problem.message, true);
      this.line.scrollIntoView({ block: "nearest" });
    }
  }
}

