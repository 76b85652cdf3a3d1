// My bookings in the calendar of my phone: a secret link, made, shown once, revoked.

import { ask } from "../shared/ask.js";
import { copyOrSelect } from "../shared/copy.js";
import { make } from "../shared/dom.js";
import { answerLine, busy, tell } from "../shared/forms.js";
import { post, remove } from "../shared/http.js";
import { words } from "../shared/words.js";
import { asMe, load, me } from "./me.js";
import * as say from "./say.js";

// The part about the calendar of the community that is looked at; `site` is its id.
export function calendarOf(site) {
  const box = make("section", { class: "calendar", "aria-labelledby": "calendar-title" });
  const answer = answerLine();
  const issued = make("div", {});
  show();
  return box;

  function show() {
    const mine = me().calendars;
    const here = mine.some((one) => one.site === site);
    box.replaceChildren(
      make("h3", { id: "calendar-title" }, words("resident.calendar")),
      make("p", {}, words("resident.calendar_lead")),
      mine.length ? make("ul", { class: "rows" }, ...mine.map(row)) : "",
      issued,
      make("p", { class: "actions" }, button(here ? "resident.calendar_renew" : "resident.calendar_make", () => renew(here))),
      answer,
    );
  }

  function row(one) {
    const read = one.last_fetched
      ? words("resident.calendar_read", { at: say.clock(one.last_fetched) })
      : words("resident.calendar_unread");
    return make("li", { "data-calendar": one.site },
      make("span", {}, `${one.name} · ${words("resident.since", { day: one.since })} · ${read}`),
      button("resident.calendar_revoke", () => revoke(one)));
  }

  async function renew(again) {
    if (again && !(await ask(words("resident.calendar_confirm_renew"), words("resident.calendar_renew")))) return;
    const { url, webcal } = await asMe(() => post("/me/calendar", { site }));
    await load();
    issued.replaceChildren(...link(url, webcal));
    show();
    issued.querySelector("a").focus();
  }

  async function revoke(one) {
    if (!(await ask(words("resident.calendar_confirm_revoke", { name: one.name }), words("resident.calendar_revoke")))) return;
    await asMe(() => remove(`/me/calendar?site=${encodeURIComponent(one.site)}`));
    await load();
    if (one.site === site) issued.replaceChildren();
    show();
  }

  function link(url, webcal) {
    const shown = make("input", { readonly: true, value: url, "aria-label": words("resident.calendar_once") });
    const copy = make("button", { type: "button" }, words("resident.calendar_copy"));
    copy.onclick = async () => {
      tell(answer, words((await copyOrSelect(shown, url)) ? "resident.calendar_copied" : "resident.calendar_copy_by_hand"));
    };
    shown.onfocus = () => shown.select();
    return [
      make("p", { class: "hint strong" }, words("resident.calendar_once")),
      shown,
      make("p", { class: "actions" }, make("a", { class: "button primary", href: webcal }, words("resident.calendar_subscribe")), copy),
    ];
  }

  function button(key, work) {
    const element = make("button", { type: "button" }, words(key));
    element.onclick = () => busy(element, answer, work);
    return element;
  }
}
