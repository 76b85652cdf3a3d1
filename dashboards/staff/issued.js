// What lets a device in, shown this once: it stays until somebody says that it is written down.

import { make } from "../shared/dom.js";
import { words } from "../shared/words.js";

// `answer` is what the API gave with the credentials. Returns null when there are none to show.
export function issuedCard(device, { credentials, trouble }, onNoted) {
  if (!credentials) return null;
  const noted = make("button", { type: "button", class: "primary" }, words("board.claimed_noted"));
  const rows = [
    ["board.claimed_user", credentials.username],
    ["board.claimed_password", credentials.password],
    ["fleet.issued_key", credentials.signing_key],
  ];
  const card = make(
    "li",
    { class: "stranger", "data-issued": device },
    make("header", {}, make("h3", {}, device)),
    make("p", {}, words("board.claimed_lead")),
    ...rows.filter(([, value]) => value).map(([key, value]) => make("p", {}, words(key), " ", make("code", {}, value))),
    trouble ? make("p", { class: "answer", "data-wrong": true }, trouble) : null,
    noted,
  );
  noted.onclick = () => {
    card.remove();
    onNoted();
  };
  queueMicrotask(() => noted.focus());
  return card;
}
