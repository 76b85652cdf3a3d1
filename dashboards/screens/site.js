// The preview screen of a site: what is on, what begins next, which rooms are free; turns its pages itself.

import { byId, make, setAttribute, setText } from "../shared/dom.js";
import { clockFace, now, wallClock } from "../shared/time.js";
import { Feed } from "./feed.js";
import { begins, detail, lostWords, whole } from "./phrases.js";
import { signShape } from "./shapes.js";
import { both, loadSpeech, main, say, spoken, tell } from "./speech.js";
import { dress, keepFiles, stayAwake, wander } from "./stage.js";

const TURN_MS = 12_000;
const COMING = 8;
const LONG = 4; // characters of a name that no longer fit beside the state at full size
const [, , site] = location.pathname.split("/");
let shown = null;
let refused = null;
let page = 0;
let paused = false;

const feed = new Feed(site, {
  show(answer) {
    refused = null;
    shown = answer;
    draw();
  },
  link: frame,
  refused(sentence) {
    refused = sentence;
    frame();
  },
});

function draw() {
  document.title = `${say("screen.title_site")} · ${shown.site_name}`;
  setText(byId("name"), shown.site_name);
  tell(byId("what"), both("screen.title_site"));
  const count = (...statuses) => shown.spaces.filter((one) => statuses.includes(one.status)).length;
  const [free, used] = [count("free"), count("in_use")];
  tell(byId("tallies"), [
    make("span", { "data-status": "free" }, signShape("free"), ...both("screen.count_free", { n: free })),
    make("span", { "data-status": "in_use" }, signShape("in_use"), ...both("screen.count_in_use", { n: used })),
  ]);
  drawPorts();
  setAttribute(byId("code"), "src", `/api/v1/public/sites/${site}/qr.svg`);
  setAttribute(byId("code"), "alt", say("screen.scan_alt", { link: shown.link }));
  tell(byId("scan"), both("screen.scan_site"));
  frame(); // first: what it says takes room from the rest
  drawPage();
  drawComing();
}

function drawComing() {
  tell(byId("coming-head"), both("screen.coming_up"));
  // A booking of a hall is also its rooms': said once, by the largest that has it, which stands first.
  const seen = new Set();
  const coming = [];
  for (const one of shown.spaces) {
    for (const activity of [one.next, ...one.later]) {
      if (activity === null) continue;
      const key = [activity.title, activity.start, activity.end].join("\n");
      if (!seen.has(key)) coming.push({ ...activity, name: one.name });
      seen.add(key);
    }
  }
  coming.sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const items = coming
    .slice(0, COMING)
    .map((one) =>
      make(
        "li",
        {},
        make("time", { datetime: one.start }, begins(one, main, shown.zone)),
        make("span", { class: "what" }, one.title),
        make("span", { class: "where" }, one.name),
      ),
    );
  tell(byId("coming"), items.length ? items : [make("li", { class: "none" }, ...both("screen.nothing_coming"))]);
  whole(byId("coming"));
}

function drawPorts() {
  const charging = shown.spaces.map((one) => one.charging).filter((one) => one !== null);
  const sum = (field) => charging.reduce((all, one) => all + one[field], 0);
  const ports = { ports: sum("ports"), in_use: sum("in_use") };
  byId("ports").hidden = ports.ports === 0;
  if (ports.ports) tell(byId("ports"), both("screen.charging", ports));
}

// As many cards as fit, so that none is cut off and none has to be smaller than can be read from afar.
function capacity() {
  const list = byId("spaces");
  const style = getComputedStyle(list);
  const [width, height] = ["--card-width", "--card-height"].map((name) => measure(list, style.getPropertyValue(name)));
  const columns = Math.max(1, Math.floor(list.clientWidth / width));
  const rows = Math.max(1, Math.floor(list.clientHeight / height)); // the height is with the gap below
  return { columns, rows };
}

function measure(list, length) {
  const probe = make("li");
  probe.style.width = length;
  probe.style.position = "absolute";
  list.append(probe);
  const { width } = probe.getBoundingClientRect();
  probe.remove();
  return width || 1;
}

function drawPage() {
  const { columns, rows } = capacity();
  const all = shown.spaces;
  const pages = Math.max(1, Math.ceil(all.length / (columns * rows)));
  page %= pages;
  const each = Math.ceil(all.length / pages); // pages of one length: the last is not nearly empty
  const part = all.slice(page * each, (page + 1) * each);
  const list = byId("spaces");
  const across = Math.min(columns, Math.max(1, Math.ceil(each / rows)));
  list.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
  list.style.gridTemplateRows = `repeat(${Math.ceil(each / across)}, minmax(0, 1fr))`;
  const drawn = JSON.stringify([part, across]);
  if (list.dataset.drawn !== drawn) {
    list.dataset.drawn = drawn;
    list.replaceChildren(...part.map(card));
  }
  const turn = byId("turn");
  turn.hidden = pages < 2;
  if (pages > 1) {
    const where = { n: page + 1, of: pages };
    tell(turn, both("screen.page_of", where));
    turn.setAttribute("aria-pressed", String(paused));
    turn.title = say(paused ? "screen.resume" : "screen.pause");
  }
  return pages;
}

function card(one) {
  const lines = [];
  if (one.message !== null) lines.push(make("p", { class: "said" }, one.message.text));
  if (one.now !== null) lines.push(activity("screen.now", say("screen.until", { time: wallClock(one.now.end) }), one.now.title));
  else {
    const more = detail(one);
    if (more !== null) lines.push(make("p", { class: "detail" }, ...more));
  }
  if (one.next !== null) lines.push(activity("screen.next", begins(one.next, main, shown.zone), one.next.title));
  return make(
    "li",
    { class: "card", "data-status": one.status, "data-space": one.space, "data-stale": one.stale },
    make("div", { class: "top" }, signShape(one.status), make("h2", { "data-long": one.name.length > LONG }, one.name), make("p", { class: "word" }, ...spoken((language) => one.word[language]))),
    ...lines.slice(0, 2),
  );
}

function activity(key, time, title) {
  return make("p", { class: "activity" }, make("span", { class: "label" }, say(key)), make("span", { class: "what" }, title), make("time", {}, time));
}

function frame() {
  const stage = byId("stage");
  const link = refused !== null ? "refused" : feed.answer === null ? "waiting" : feed.lost ? "lost" : shown.stale ? "stale" : "live";
  const changed = stage.dataset.link !== link;
  stage.dataset.link = link;
  const note = byId("lost");
  note.hidden = link === "live";
  if (link === "refused") tell(note, both("screen.refused", { reason: refused }));
  else if (link === "stale") tell(note, both("screen.stale"));
  else if (link === "waiting" && !feed.failures) tell(note, both("screen.never"));
  else if (link !== "live") tell(note, lostWords(feed));
  byId("main").hidden = shown === null || link === "refused";
  if (changed) arrange();
  if (now() === null) return;
  const face = clockFace(main);
  setText(byId("time"), face.time);
  setText(byId("date"), face.date);
}

function arrange() {
  if (shown === null) return;
  drawPage();
  whole(byId("coming"));
}

function turnPage() {
  if (shown === null || paused) return;
  page += 1;
  drawPage();
}

dress();
wander(byId("stage"));
stayAwake();
feed.onversion = keepFiles();
byId("turn").onclick = () => {
  paused = !paused;
  drawPage();
};
addEventListener("resize", arrange);
loadSpeech().then(
  () => {
    feed.start();
    setInterval(frame, 1_000);
    setInterval(turnPage, TURN_MS);
    frame();
  },
  // Neither the server nor anything kept: the next try comes by itself.
  () => setTimeout(() => location.reload(), 10_000),
);
