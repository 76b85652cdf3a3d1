// What staff do with a booking: which act is which request, which asks before it hurts, and what is said afterwards.

import { ask } from "../shared/ask.js";
import { make, setAttribute, setText } from "../shared/dom.js";
import { post } from "../shared/http.js";
import { busy, tell } from "../shared/forms.js";
import { wallClock } from "../shared/time.js";
import { words } from "../shared/words.js";

const ACTS = {
  check_in: { path: "check-in", look: "primary" },
  keep: { path: "keep", look: "primary" },
  approve: { path: "approve", look: "primary" },
  end: { path: "end", asks: true },
  refuse: { path: "refuse", asks: true, look: "danger" },
  cancel: { path: "cancel", asks: true, look: "danger" },
};

export const isAct = (name) => name in ACTS;

// Whether a space is theirs to act on: stewards may be in charge of some spaces, with all they are made of, or of whole
// sites; of none named: of all.
export function inCharge(who, site, space, parts = []) {
  return !who.spaces?.length || who.spaces.includes(site) || [space, ...parts].every((one) => who.spaces.includes(`${site}/${one}`));
}

// A button that does it; `done(decision)` hears that it was done.
export function actButton(name, booking, line, done) {
  const act = ACTS[name];
  const key = name === "check_in" && booking.state === "released" ? "reclaim" : name === "cancel" && booking.block ? "lift" : name;
  const button = make("button", { type: "button", class: act.look, "data-do": `${name} ${booking.id}`, "data-act": name }, words(`decide.act_${key}`));
  button.onclick = async () => {
    const span = words("board.span", { start: wallClock(booking.start), end: wallClock(booking.end) });
    if (act.asks && !(await ask(words(`decide.ask_${key}`, { title: booking.title }), words(`decide.sure_${key}`), make("p", {}, `${span} · ${booking.title} · ${booking.group}`)))) return;
    await doing(button, line, async () => {
      const decision = await post(`/bookings/${encodeURIComponent(booking.id)}/${act.path}`);
      done(decision);
      return decision;
    });
  };
  return button;
}

// Do `work` while the buttons around wait; what it answers is told beside them, with the way back where there is one.
export async function doing(button, line, work) {
  setAttribute(button, "aria-busy", "true");
  const around = button.closest(".actions, form") ?? button;
  try {
    return await busy(around, line.text, async () => {
      line.hideUndo();
      const decision = await work();
      if (decision?.undo?.possible) line.offerUndo(decision);
      return decision?.summary ?? "";
    });
  } finally {
    setAttribute(button, "aria-busy", null);
  }
}

// The line beside the buttons: what was done or why not, and taking it back.
export class Outcome {
  constructor(onUndone) {
    this.text = make("span", { class: "answer", role: "status" });
    this.undo = make("button", { type: "button", class: "undo", "data-do": "undo", hidden: true }, words("board.undo"));
    this.element = make("p", { class: "outcome" }, this.text, this.undo);
    this.undo.onclick = () =>
      busy(this.undo, this.text, async () => {
        const decision = await post(`/decisions/${encodeURIComponent(this.decision.id)}/undo`);
        this.hideUndo();
        onUndone(decision);
        return decision.summary;
      });
  }

  say(sentence, wrong = false) {
    this.hideUndo();
    tell(this.text, sentence, wrong);
  }

  offerUndo(decision) {
    this.decision = decision;
    this.undo.hidden = false;
    setText(this.undo, words("board.undo"));
  }

  hideUndo() {
    this.undo.hidden = true;
  }
}
