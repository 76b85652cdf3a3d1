// How the rehearsal of a day went: what would have been released, and what happened afterwards says whether rightly.

import { make, setText } from "../shared/dom.js";
import { field, select } from "../shared/forms.js";
import { get } from "../shared/http.js";
import { localDay, sites, wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

export class Rehearsal {
  constructor(element) {
    this.site = select(sites().map((one) => [one.id, one.name]), {});
    this.day = make("input", { type: "date", required: true, value: localDay() });
    this.said = make("p", { class: "said", role: "status" });
    this.list = make("ol", { class: "judged" });
    this.more = make("details", { hidden: true }, make("summary", {}, words("decide.shadow_details")), this.list);
    this.site.onchange = () => this.read();
    this.day.onchange = () => this.day.value && this.read();
    const fields = [...(sites().length > 1 ? [field(words("decide.filter_site"), this.site)] : []), field(words("decide.shadow_day"), this.day)];
    element.replaceChildren(
      make("h2", { id: "rehearsal-title" }, words("decide.shadow_title")),
      make("p", { class: "lead" }, words("decide.shadow_lead")),
      make("div", { class: "filters" }, ...fields),
      this.said,
      this.more,
    );
  }

  async read() {
    if (!this.site.value) return;
    const asked = Symbol("asked");
    this.asked = asked;
    try {
      const found = await get(`/decisions/shadow?site=${encodeURIComponent(this.site.value)}&day=${this.day.value}`);
      if (asked !== this.asked) return;
      setText(this.said, found.summary);
      this.more.hidden = found.items.length === 0;
      this.list.replaceChildren(...found.items.map(drawJudged));
    } catch (problem) {
      setText(this.said, words("page.failed", { reason: problem.message }));
    }
  }
}

function drawJudged(one) {
  return make(
    "li",
    { "data-verdict": one.verdict },
    make("p", { class: "notes" }, make("time", { datetime: one.at }, wallClock(one.at)), make("b", { class: "verdict" }, words(`decide.verdict_${one.verdict}`)), one.name),
    make("p", {}, make("a", { href: `/decisions?id=${encodeURIComponent(one.decision)}` }, one.summary), " ", one.text),
  );
}
