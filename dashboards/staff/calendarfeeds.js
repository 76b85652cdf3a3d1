// Secret links to calendars: made, shown once, listed with when they were read last, revoked.

import { ask } from "../shared/ask.js";
import { copyOrSelect } from "../shared/copy.js";
import { byId, make } from "../shared/dom.js";
import { answerLine, busy, field, onSend, select } from "../shared/forms.js";
import { post, remove } from "../shared/http.js";
import { dayClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";

const KINDS = ["space", "group", "person", "site"];
let drawn = null;

export function feedForm(form, house, again) {
  const kind = select(KINDS.map((one) => [one, words(`calendar.kind_${one}`)]), { name: "kind" });
  const site = select([...house.sites.keys()].map((one) => [one, one]), { name: "site" });
  const space = select([], { name: "space" });
  const ref = make("input", { name: "ref", maxlength: 200, list: "known-groups" });
  const spaceField = field(words("calendar.space"), space);
  const refField = field("", ref);
  const line = answerLine();
  form.append(
    field(words("calendar.kind"), kind),
    field(words("calendar.site"), site, { hidden: house.sites.size < 2 }),
    spaceField,
    refField,
    field(words("calendar.language"), select(["zh", "en"].map((one) => [one, words(`calendar.language_${one}`)]), { name: "language" }, language())),
    make("button", { type: "submit", class: "primary" }, words("calendar.feed_make")),
    make("datalist", { id: "known-groups" }, ...house.groups.map((one) => make("option", { value: one.name }))),
    line,
  );
  const fill = () => space.replaceChildren(...house.sites.get(site.value).map((one) => make("option", { value: one.space }, one.name)));
  const choose = () => {
    spaceField.hidden = kind.value !== "space";
    refField.hidden = !["group", "person"].includes(kind.value);
    ref.required = !refField.hidden;
    refField.firstElementChild.textContent = words(kind.value === "person" ? "calendar.person" : "calendar.group");
    if (kind.value === "group") ref.setAttribute("list", "known-groups");
    else ref.removeAttribute("list");
  };
  site.onchange = fill;
  kind.onchange = choose;
  if (house.sites.size > 0) fill();
  choose();
  onSend(form, line, async (data) => {
    const chosen = { space: data.get("space"), site: "" }[data.get("kind")] ?? data.get("ref").trim();
    const made = await post("/calendars", {
      kind: data.get("kind"), site: data.get("site"), ref: chosen, language: data.get("language"),
    });
    showOnce(byId("issued"), words("calendar.feed_once", { name: made.name }), made.url,
      make("a", { class: "button", href: made.webcal }, words("calendar.feed_subscribe")));
    ref.value = "";
    await again();
  });
}

// A secret is shown this once, to be copied; it goes when somebody has seen to it.
export function showOnce(box, sentence, value, more = null) {
  const line = answerLine();
  const shown = make("input", { readonly: true, value, "aria-label": sentence });
  const copy = make("button", { type: "button", class: "primary" }, words("calendar.copy"));
  const done = make("button", { type: "button" }, words("calendar.seen"));
  copy.onclick = async () => {
    shown.select();
    line.textContent = words((await copyOrSelect(shown, value)) ? "calendar.copied" : "calendar.copy_by_hand");
  };
  done.onclick = () => {
    box.replaceChildren();
    box.hidden = true;
  };
  box.replaceChildren(make("p", {}, sentence), shown, make("p", { class: "actions" }, copy, more, done), line);
  box.hidden = false;
  copy.focus();
}

export function drawFeeds(list, feeds, again) {
  const seen = JSON.stringify([feeds, language()]);
  if (seen === drawn) return;
  drawn = seen;
  list.replaceChildren(...feeds.map((one) => drawFeed(one, again)));
}

function drawFeed(one, again) {
  const line = answerLine();
  const revoke = make("button", { type: "button", class: "danger" }, words("calendar.revoke"));
  revoke.onclick = async () => {
    if (!(await ask(words("calendar.revoke_ask", { name: one.name }), words("calendar.revoke")))) return;
    await busy(revoke, line, async () => {
      await remove(`/calendars/${one.id}`);
      await again();
    });
  };
  const read = one.last_fetched
    ? words("calendar.read_at", { at: dayClock(one.last_fetched, language()) })
    : words("calendar.never_read");
  const what = one.kind === "person" ? `${one.name} · ${one.ref}` : one.name;
  return make(
    "li",
    { "data-feed": one.id },
    make("div", { class: "what" }, make("b", {}, what), make("span", { class: "tag" }, words(`calendar.kind_${one.kind}`))),
    make("p", { class: "lead" }, `${read} · ${words("calendar.made_by", { name: one.made_by, at: dayClock(one.at, language()) })}`),
    make("p", { class: "actions" }, revoke),
    line,
  );
}
