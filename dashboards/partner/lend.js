// The question of lending: on which days, from when to when, for what, and on which terms.

import { make } from "../shared/dom.js";
import { answerLine, busy, check, field, select } from "../shared/forms.js";
import { post } from "../shared/http.js";
import { functionName, shortDay, WEEKDAYS } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";

// Ask for a window of `space`; `hint` may hold a day and times to begin with. Return a sentence once it is lent, or null.
export function askLending(space, who, { day = null, start = "09:00", end = "11:30" }) {
  const owner = who.role === "partner" ? who.name : space.windows[0].owner;
  const weekday = day === null ? null : WEEKDAYS[(new Date(Date.parse(day)).getUTCDay() + 6) % 7];
  const days = WEEKDAYS.map((one) => check(shortDay(one), { name: "days", value: one, checked: weekday === null || weekday === one }));
  const functions = space.functions.map((one) => check(functionName(one), { name: "functions", value: one, checked: true }));
  const approval = select([["auto", words("partner.approval_auto")], ["host", words("partner.approval_host")]], { name: "approval" });
  const within = field(words("partner.approve_within"), make("input", { name: "within", type: "number", min: 1, max: 720, value: 24 }), { hidden: true });
  approval.onchange = () => {
    within.hidden = approval.value === "auto";
  };
  const recall = select(
    [["", words("partner.recall_never")], ["24", words("partner.recall_hours", { n: 24 })], ["72", words("partner.recall_hours", { n: 72 })], ["168", words("partner.recall_days", { n: 7 })]],
    { name: "recall" },
  );
  const line = answerLine();
  const dialog = make("dialog", { "aria-labelledby": "lend-title" });
  const form = make(
    "form",
    { class: "inside lend" },
    make("header", {}, make("h2", { id: "lend-title" }, words("partner.lend_title", { space: space.name }))),
    make("fieldset", { class: "choices" }, make("legend", {}, words("partner.days")), ...days),
    make(
      "div",
      { class: "fields" },
      field(words("partner.start"), make("input", { name: "start", type: "time", step: 300, required: true, value: start })),
      field(words("partner.end"), make("input", { name: "end", type: "time", step: 300, required: true, value: end })),
      field(words("partner.valid_from"), make("input", { name: "valid_from", type: "date", value: day ?? "" })),
      field(words("partner.valid_until"), make("input", { name: "valid_until", type: "date" })),
    ),
    make("fieldset", { class: "choices" }, make("legend", {}, words("partner.functions")), ...functions),
    make(
      "div",
      { class: "fields" },
      field(words("partner.notice"), make("input", { name: "notice", type: "number", min: 0, max: 720, value: 0 })),
      field(words("partner.approval"), approval),
      within,
      field(words("partner.recall_terms"), recall),
      check(words("partner.recall_replacement"), { name: "replacement" }),
      field(words("partner.rules"), make("textarea", { name: "rules", maxlength: 500 }), { class: "wide" }),
    ),
    make(
      "p",
      { class: "actions" },
      make("button", { type: "submit", class: "primary" }, words("partner.lend")),
      make("button", { type: "button", "data-do": "cancel" }, words("page.cancel")),
    ),
    line,
  );
  dialog.append(form);
  document.body.append(dialog);
  form.querySelector("[data-do=cancel]").onclick = () => dialog.close();
  dialog.showModal();
  return new Promise((resolve) => {
    let said = null;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const data = new FormData(form);
      const done = await busy(form, line, async () => {
        const chosen = data.getAll("days");
        if (!chosen.length) throw new Error(words("partner.days_missing"));
        if (!data.getAll("functions").length && space.functions.length) throw new Error(words("partner.functions_missing"));
        await post("/supply", windowOf(space, owner, data, chosen));
      });
      if (done) {
        said = words("partner.lent", { space: space.name });
        dialog.close();
      }
    };
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(said);
    });
  });
}

function windowOf(space, owner, data, days) {
  const recall = data.get("recall");
  return {
    id: `w-${Array.from(crypto.getRandomValues(new Uint8Array(5)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`,
    site: space.site,
    space: space.space,
    owner,
    functions: data.getAll("functions"),
    days,
    start: data.get("start"),
    end: data.get("end"),
    valid_from: data.get("valid_from") || null,
    valid_until: data.get("valid_until") || null,
    notice_min: Math.round(Number(data.get("notice")) * 60),
    approval: data.get("approval"),
    approve_within_min: Math.round(Number(data.get("within") || 24) * 60),
    recall: recall ? [{ before_min: Number(recall) * 60, with_replacement: data.get("replacement") !== null }] : [],
    rules: data.get("rules").trim(),
  };
}
