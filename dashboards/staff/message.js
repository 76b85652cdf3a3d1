// One message in quarantine: what was wrong, and the message as it came, as text or byte by byte.

import { make, setText } from "../shared/dom.js";
import { words } from "../shared/words.js";

const BYTES_A_LINE = 16;

// `onReplay(item)` is asked for by the button, which waits for its promise.
export function drawMessage(item, onReplay) {
  const raw = make("code", { class: "raw", tabindex: "0" }, item.raw || words("board.quarantine_empty"));
  const replay = make("button", { type: "button" }, words("board.quarantine_replay"));
  replay.setAttribute("aria-label", `${words("board.quarantine_replay")}: ${item.id}`);
  replay.onclick = async () => {
    replay.disabled = true;
    await onReplay(item);
    replay.disabled = false;
  };
  return make(
    "li",
    { class: "message", "data-id": String(item.id) },
    make(
      "div",
      {},
      make("header", {}, make("h2", {}, item.fault), make("span", { class: "number" }, `#${item.id}`)),
      make("time", { datetime: item.at }, item.at.slice(0, 19).replace("T", " ")),
      make("code", {}, item.topic),
      make("p", { class: "reason" }, item.reason),
    ),
    make(
      "div",
      {},
      raw,
      make("p", { class: "size" }, sizeText(item)),
      make("p", { class: "actions" }, replay, item.hex ? toggle(item, raw) : null),
    ),
  );
}

function toggle(item, raw) {
  const button = make("button", { type: "button", "aria-pressed": "false" }, words("board.quarantine_hex"));
  button.onclick = () => {
    const hex = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(hex));
    setText(raw, hex ? dump(item.hex) : item.raw || words("board.quarantine_empty"));
  };
  return button;
}

function sizeText(item) {
  const shown = item.hex === undefined ? item.bytes : item.hex.length / 2;
  const key = shown < item.bytes ? "board.quarantine_bytes_cut" : "board.quarantine_bytes";
  return words(key, { n: item.bytes, shown });
}

// "7b22…" as lines of sixteen bytes, each with its offset.
function dump(hex) {
  const lines = [];
  for (let at = 0; at < hex.length; at += BYTES_A_LINE * 2) {
    const bytes = hex.slice(at, at + BYTES_A_LINE * 2).match(/../g);
    lines.push(`${(at / 2).toString(16).padStart(4, "0")}  ${bytes.join(" ")}`);
  }
  return lines.join("\n");
}
