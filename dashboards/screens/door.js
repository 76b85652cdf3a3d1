// The screen at the door of a space: its state in one word, what is on, what comes next, and how to have it.

import { byId, make, setAttribute, setText } from "../shared/dom.js";
import { clockFace, now } from "../shared/time.js";
import { Feed } from "./feed.js";
import { begins, detail, left, lostWords, times, whole } from "./phrases.js";
import { signShape } from "./shapes.js";
import { both, loadSpeech, main, say, spoken, tell } from "./speech.js";
import { dress, keepFiles, stayAwake, wander } from "./stage.js";

const LONG = 12; // characters of a title that no longer fit a line at full size
const FITS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]; // of the size that letters have when there is room
const [, , site, space] = location.pathname.split("/");
let shown = null;
let refused = null;

const feed = new Feed(`${site}/${space}`, {
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
  const one = shown;
  document.title = `${one.name} · ${one.site_name}`;
  setText(byId("name"), one.name);
  byId("name").toggleAttribute("data-long", one.name.length > LONG);
  const state = byId("state");
  if (state.dataset.status !== one.status || !byId("shape").firstChild) {
    state.dataset.status = one.status;
    byId("shape").replaceChildren(signShape(one.status));
  }
  tell(byId("word"), spoken((language) => one.word[language]));
  byId("word").toggleAttribute("data-long", one.word[main].length > (main === "zh" ? 3 : 6));
  const more = detail(one);
  byId("detail").hidden = more === null;
  if (more !== null) tell(byId("detail"), more);
  byId("now").hidden = one.now === null;
  if (one.now !== null) {
    setText(byId("now-title"), one.now.title);
    byId("now-title").toggleAttribute("data-long", one.now.title.length > LONG);
    setText(byId("now-times"), times(one.now));
  }
  drawNotice(one.notice);
  drawNext(one);
  byId("message").hidden = one.message === null;
  if (one.message !== null) setText(byId("message"), one.message.text);
  byId("doubt").hidden = !one.stale;
  if (one.stale) tell(byId("doubt"), both("screen.stale"));
  const charging = one.charging;
  byId("ports").hidden = charging === null;
  if (charging !== null) tell(byId("ports"), both("screen.charging", charging));
  drawCode(one);
  frame();
  settle();
}

// What is drawn finds room: the list whole lines, the field smaller letters when there is much to say.
function settle() {
  whole(byId("next"));
  const state = byId("state");
  for (const fit of FITS) {
    state.style.setProperty("--fit", fit);
    if (state.scrollHeight <= state.clientHeight) return;
  }
}

function drawNotice(notice) {
  byId("notice").hidden = notice === null;
  if (notice === null) return;
  tell(byId("countdown-word"), both(`screen.countdown_${notice.kind}`));
  tell(byId("notice-text"), spoken((language) => notice.text[language]));
}

function drawNext(one) {
  tell(byId("next-head"), both("screen.next"));
  const coming = [one.next, ...one.later].filter((activity) => activity !== null);
  const rows = coming.map((activity) => [begins(activity, main, one.zone), activity]);
  const drawn = JSON.stringify(rows);
  if (byId("next").dataset.drawn === drawn) return;
  byId("next").dataset.drawn = drawn;
  const items = rows.map(([starts, activity]) =>
    make("li", {}, make("time", { datetime: activity.start }, `${starts}–${activity.end.slice(11, 16)}`), make("span", {}, activity.title)),
  );
  const none = () => make("li", { class: "none" }, ...both("screen.nothing_next"));
  byId("next").replaceChildren(...(items.length ? items : [none()]));
}

function drawCode(one) {
  setAttribute(byId("code"), "src", `/api/v1/public/spaces/${site}/${space}/qr.svg`);
  setAttribute(byId("code"), "alt", say("screen.scan_alt", { link: one.link }));
  tell(byId("scan"), both("screen.scan"));
}

// Once a second: the clock, countdowns, and how old it all is.
function frame() {
  const stage = byId("stage");
  const link = refused !== null ? "refused" : feed.answer === null ? "waiting" : feed.lost ? "lost" : "live";
  const changed = stage.dataset.link !== link;
  stage.dataset.link = link;
  const note = byId("lost");
  note.hidden = link === "live";
  if (link === "refused") tell(note, both("screen.refused", { reason: refused }));
  else if (link === "waiting" && !feed.failures) tell(note, both("screen.never"));
  else if (link !== "live") tell(note, lostWords(feed));
  byId("main").hidden = shown === null || link === "refused";
  if (changed) settle();
  if (now() === null) return;
  const face = clockFace(main);
  setText(byId("time"), face.time);
  setText(byId("date"), face.date);
  if (shown !== null && shown.notice !== null) setText(byId("countdown"), link === "live" ? left(shown.notice.until) : "–");
}

addEventListener("resize", settle);
dress();
wander(byId("stage"));
stayAwake();
feed.onversion = keepFiles();
loadSpeech().then(
  () => {
    feed.start();
    setInterval(frame, 1_000);
    frame();
  },
  // Neither the server nor anything kept: the next try comes by itself.
  () => setTimeout(() => location.reload(), 10_000),
);
