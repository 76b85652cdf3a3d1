// What lies in one lent stretch, and taking it back for that day: by the terms, as a proposal that staff agree to.

import { make } from "../shared/dom.js";
import { answerLine, busy, field } from "../shared/forms.js";
import { post } from "../shared/http.js";
import { dayClock, wallClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";
import { termsOf } from "./windows.js";

// Return a sentence once the stretch was asked back, or null. `inside` are the bookings in it, `now` in ms.
export function askAbout(space, stretch, inside, now) {
  const window = space.windows.find((one) => one.id === stretch.supply);
  const title = words("partner.from_to", { start: dayClock(stretch.start, language()), end: wallClock(stretch.end) });
  const past = Date.parse(stretch.end) <= now;
  const line = answerLine();
  const booked = inside.length
    ? make("ul", { class: "terms" }, ...inside.map((one) => make("li", {}, `${wallClock(one.start)}–${wallClock(one.end)} ${one.title} · ${one.group}`)))
    : make("p", {}, words("partner.nobody_in"));
  const why = make("input", { name: "why", required: true, maxlength: 200 });
  const dialog = make("dialog", { "aria-labelledby": "recall-title" });
  const form = make(
    "form",
    { class: "inside" },
    make("header", {}, make("h2", { id: "recall-title" }, title)),
    booked,
    make("ul", { class: "terms lead" }, ...termsOf(window).map((text) => make("li", {}, text))),
    past ? null : field(words("partner.recall_why"), why),
    past ? null : make("p", { class: "lead" }, words("partner.recall_means")),
    make(
      "p",
      { class: "actions" },
      past ? null : make("button", { type: "submit", class: "danger" }, words("partner.recall")),
      make("button", { type: "button", "data-do": "close" }, words("page.close")),
    ),
    line,
  );
  dialog.append(form);
  document.body.append(dialog);
  form.querySelector("[data-do=close]").onclick = () => dialog.close();
  dialog.showModal();
  return new Promise((resolve) => {
    let said = null;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const done = await busy(form, line, async () => {
        const start = Date.parse(stretch.start) < now ? new Date(Math.ceil(now / 300_000) * 300_000).toISOString() : stretch.start;
        const body = { site: space.site, space: space.space, start, end: stretch.end, cause: "recall", why: why.value.trim() };
        const made = await post("/disturbances", body);
        said = words("partner.recalled", { summary: made.summary });
      });
      if (done) dialog.close();
    };
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(said);
    });
  });
}
