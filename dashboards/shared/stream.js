// The live stream: resumes by itself, and says when the level must be read again.

import { language } from "./words.js";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

// `on.event(name, data)`, `on.resync()` when events were or may have been missed, `on.link(up)`,
// `on.refused()` when the server answers but gives no stream.
export class Stream {
  constructor(on) {
    this.on = on;
    this.last = null;
    this.retry = FIRST_RETRY_MS;
    this.source = null;
  }

  open() {
    const after = this.last ? `&after=${encodeURIComponent(this.last)}` : "";
    const source = new EventSource(`/api/v1/stream?lang=${language()}${after}`);
    this.source = source;
    source.onopen = () => {
      this.retry = FIRST_RETRY_MS;
      this.on.link(true);
      // Without an id there is nothing to resume from, so whatever is shown may be old. The stream is open
      // before the level is read: nothing can fall between the two.
      if (this.last === null) this.on.resync();
    };
    source.onerror = () => {
      this.on.link(false);
      if (source.readyState === EventSource.CLOSED) this.again();
    };
    for (const name of ["space_state", "decision", "alert"]) {
      source.addEventListener(name, (event) => {
        this.last = event.lastEventId;
        this.on.event(name, JSON.parse(event.data));
      });
    }
    source.addEventListener("resync", (event) => {
      this.last = event.lastEventId;
      this.on.resync();
    });
  }

  // The browser gives up on an answer that is not a stream: the server starts, or the session is over.
  again() {
    this.source.close();
    this.on.refused();
    setTimeout(() => this.open(), this.retry);
    this.retry = Math.min(this.retry * 2, LAST_RETRY_MS);
  }
}

