// Who outside is told of decisions and alerts, how that goes, and making it right: test, pause, new secret, try again.

import { ask } from "../shared/ask.js";
import { byId, make } from "../shared/dom.js";
import { answerLine, busy, check, field, onSend, select } from "../shared/forms.js";
import { get, patch, post, remove } from "../shared/http.js";
import { dayClock } from "../shared/time.js";
import { language, words } from "../shared/words.js";
import { showOnce } from "./calendarfeeds.js";

const EVENTS = ["book", "cancel", "move", "check_in", "release", "reclaim", "end_early", "offer", "offer_taken", "propose", "ask", "alert"];
let drawn = null;
const unfolded = new Set(); // whose deliveries are shown

export function subscriptionForm(form, house, again) {
  const kind = select([["webhook", words("calendar.webhook")], ["mail", words("calendar.mail")]], { name: "kind" });
  const target = make("input", { name: "target", required: true, maxlength: 2000 });
  const targetField = field("", target, { class: "target" });
  const rhythm = select([["each", words("calendar.each")], ["daily", words("calendar.daily")]], { name: "rhythm" });
  const rhythmField = field(words("calendar.rhythm"), rhythm);
  const sites = [["", words("calendar.all_sites")], ...[...house.sites.keys()].map((one) => [one, one])];
  const spaces = [...house.sites.values()].flat();
  const line = answerLine();
  form.append(
    field(words("calendar.how"), kind),
    field(words("calendar.name"), make("input", { name: "name", required: true, maxlength: 200 })),
    targetField,
    field(words("calendar.language"), select(["zh", "en"].map((one) => [one, words(`calendar.language_${one}`)]), { name: "language" }, language())),
    field(words("calendar.site"), select(sites, { name: "site" }), { hidden: house.sites.size < 2 }),
    rhythmField,
    make("fieldset", { class: "wide" }, make("legend", {}, words("calendar.events")),
      make("div", { class: "checks" }, ...EVENTS.map((one) => check(words(`calendar.event_${one}`), { name: "event", value: one }))),
      make("p", { class: "lead" }, words("calendar.events_none"))),
    make("details", { class: "wide" }, make("summary", {}, words("calendar.spaces")),
      make("div", { class: "checks" }, ...spaces.map((one) => check(one.name, { name: "space", value: one.space })))),
    make("p", { class: "actions wide" }, make("button", { type: "submit", class: "primary" }, words("calendar.subscribe"))),
    line,
  );
  const choose = () => {
    const mail = kind.value === "mail";
    target.type = mail ? "email" : "url";
    target.placeholder = words(mail ? "calendar.address_like" : "calendar.url_like");
    targetField.firstElementChild.textContent = words(mail ? "calendar.address" : "calendar.url");
    rhythmField.hidden = !mail;
  };
  kind.onchange = choose;
  choose();
  onSend(form, line, async (data) => {
    const made = await post("/subscriptions", {
      kind: data.get("kind"), name: data.get("name").trim(), target: data.get("target").trim(),
      site: data.get("site") || null, spaces: [...new Set(data.getAll("space"))], events: data.getAll("event"),
      language: data.get("language"), rhythm: data.get("kind") === "mail" ? data.get("rhythm") : "each",
    });
    form.reset();
    choose();
    if (made.secret) showOnce(byId("secret"), words("calendar.secret_once", { name: made.name }), made.secret);
    await again();
    return words("calendar.subscribed");
  });
}

export function drawSubscriptions(list, items, mayChange, again) {
  const seen = JSON.stringify([items, language()]);
  if (seen === drawn) return;
  drawn = seen;
  const focused = document.activeElement?.dataset?.act;
  list.replaceChildren(...items.map((one) => drawOne(one, mayChange, again)));
  if (focused) list.querySelector(`[data-act="${focused}"]`)?.focus();
}

function health(one) {
  if (!one.active) return ["paused", words(`calendar.paused_${one.paused || "staff"}`)];
  if (one.failing_since) return ["failing", words("calendar.failing", { at: dayClock(one.failing_since, language()) })];
  if (one.last_ok) return ["well", words("calendar.well", { at: dayClock(one.last_ok, language()) })];
  return ["new", words("calendar.untried")];
}

const SHAPES = { well: "✓", failing: "!", paused: "‖", new: "○" };

function drawOne(one, mayChange, again) {
  const [state, said] = health(one);
  const line = answerLine();
  const box = make("div", { class: "deliveries", hidden: true });
  const what = [
    one.site ?? words("calendar.all_sites"),
    one.spaces.join(", ") || words("calendar.all_spaces"),
    one.events.map((event) => words(`calendar.event_${event}`)).join(", ") || words("calendar.all_events"),
    ...(one.kind === "mail" ? [words(`calendar.${one.rhythm}`)] : []),
  ];
  const counts = ["due", "failed", "given_up"].filter((key) => one.counts[key] > 0);
  const act = (name, key, work, more = {}) => {
    const button = make("button", { type: "button", "data-act": `${name} ${one.id}`, ...more }, words(key));
    button.onclick = () => busy(button, line, work);
    return button;
  };
  const show = act("deliveries", "calendar.deliveries", () => toggle(one, box, show, mayChange), { "aria-expanded": "false" });
  const buttons = mayChange
    ? [
        one.active ? act("test", "calendar.test", () => test(one, box, show, mayChange)) : null,
        one.active
          ? act("pause", "calendar.pause", () => change(one, { active: false }, again))
          : act("resume", "calendar.resume", () => change(one, { active: true }, again)),
        one.kind === "webhook" ? act("rotate", "calendar.rotate", () => rotate(one, again)) : null,
        act("remove", "calendar.remove", () => forget(one, again), { class: "danger" }),
      ]
    : [];
  const row = make(
    "li",
    { "data-subscription": one.id },
    make("div", { class: "what" }, make("b", {}, one.name), make("span", { class: "tag" }, words(`calendar.${one.kind}`)),
      make("span", { class: "health", "data-health": state }, make("span", { "aria-hidden": "true" }, SHAPES[state]), said)),
    make("p", {}, make("code", {}, one.target)),
    make("p", { class: "lead" }, what.join(" · ")),
    counts.length ? make("p", { class: "lead" }, counts.map((key) => words(`calendar.n_${key}`, { n: one.counts[key] })).join(" · ")) : "",
    one.last_error ? make("p", { class: "fault" }, one.last_error) : "",
    make("p", { class: "actions" }, show, ...buttons),
    line,
    box,
  );
  if (unfolded.has(one.id)) unfold(one, box, show, mayChange);
  return row;
}

async function toggle(one, box, button, mayChange) {
  if (box.hidden) return unfold(one, box, button, mayChange);
  unfolded.delete(one.id);
  box.hidden = true;
  button.setAttribute("aria-expanded", "false");
}

async function unfold(one, box, button, mayChange) {
  unfolded.add(one.id);
  const page = await get(`/subscriptions/${one.id}/deliveries?limit=20`);
  box.replaceChildren(
    page.items.length === 0
      ? make("p", { class: "lead" }, words("calendar.deliveries_none"))
      : make("ul", {}, ...page.items.map((item) => drawDelivery(one, item, box, button, mayChange))),
  );
  box.hidden = false;
  button.setAttribute("aria-expanded", "true");
}

function drawDelivery(one, item, box, button, mayChange) {
  const line = answerLine();
  const retry = make("button", { type: "button" }, words("calendar.retry"));
  retry.onclick = () =>
    busy(retry, line, async () => {
      await post(`/deliveries/${encodeURIComponent(item.id)}/retry`);
      await unfold(one, box, button, mayChange);
    });
  const when = item.sent_at ?? item.next_at ?? item.made_at;
  return make(
    "li",
    { "data-state": item.state },
    make("span", { class: "state" }, words(`calendar.delivery_${item.state}`)),
    make("time", { datetime: when }, dayClock(when, language())),
    make("span", {}, item.summary || item.type),
    item.last_error && item.state !== "sent" ? make("span", { class: "fault" }, item.last_error) : "",
    mayChange && item.state !== "sent" ? retry : "",
    line,
  );
}

async function test(one, box, button, mayChange) {
  const sent = await post(`/subscriptions/${one.id}/test`);
  await unfold(one, box, button, mayChange);
  // A courier looks every second; whoever waits longer sees it at the next look at the page.
  for (let second = 0; second < 5; second += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await unfold(one, box, button, mayChange);
    const [newest] = (await get(`/subscriptions/${one.id}/deliveries?limit=1`)).items;
    if (newest?.id === sent.id && newest.state !== "due") return words(newest.state === "sent" ? "calendar.test_sent" : "calendar.test_failed");
  }
  return words("calendar.test_waits");
}

async function change(one, values, again) {
  await patch(`/subscriptions/${one.id}`, values);
  await again();
}

async function rotate(one, again) {
  if (!(await ask(words("calendar.rotate_ask", { name: one.name }), words("calendar.rotate")))) return;
  const renewed = await patch(`/subscriptions/${one.id}`, { rotate: true });
  showOnce(byId("secret"), words("calendar.secret_once", { name: one.name }), renewed.secret);
  await again();
}

async function forget(one, again) {
  if (!(await ask(words("calendar.remove_ask", { name: one.name }), words("calendar.remove")))) return;
  await remove(`/subscriptions/${one.id}`);
  await again();
}
