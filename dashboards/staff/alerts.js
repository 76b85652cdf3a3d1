// The strip of alerts that stand: what staff should look after.

import { make } from "../shared/dom.js";
import { wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

const ORDER = { critical: 0, warning: 1, info: 2 };

export class Alerts {
  // `onChange` hears which alerts stand.
  constructor(strip, onChange) {
    this.strip = strip;
    this.onChange = onChange;
    this.standing = new Map();
  }

  replace(items) {
    this.standing = new Map(items.map((item) => [keyOf(item), item]));
    this.draw();
  }

  put(item) {
    if (item.cleared) this.standing.delete(keyOf(item));
    else this.standing.set(keyOf(item), item);
    this.draw();
  }

  draw() {
    const items = [...this.standing.values()].sort(
      (one, other) => ORDER[one.level] - ORDER[other.level] || (one.at < other.at ? 1 : -1),
    );
    const shown = items.map((item) =>
      make(
        "p",
        { class: "alert", "data-level": item.level },
        make("b", {}, words(`board.alert_${item.level}`)),
        make("span", {}, item.text),
        make("time", { datetime: item.at }, wallClock(item.at)),
      ),
    );
    this.strip.replaceChildren(...(shown.length ? shown : [make("p", { class: "calm" }, words("board.alerts_none"))]));
    this.onChange(items);
  }
}

function keyOf(item) {
  return `${item.site}/${item.key}`;
}
