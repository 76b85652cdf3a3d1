// The line of the books: every message received is somewhere.

import { setAttribute, setText } from "../shared/dom.js";
import { get } from "../shared/http.js";
import { words } from "../shared/words.js";

const EVERY_MS = 10_000;

export class Account {
  constructor(line, link, mayRead) {
    this.line = line;
    this.link = link;
    if (!mayRead) return;
    this.read();
    setInterval(() => this.read(), EVERY_MS);
  }

  async read() {
    try {
      const books = await get("/account");
      const sum = books.stored + books.duplicate + books.quarantined + books.pending;
      const text = words("board.account", books);
      const balanced = sum === books.received;
      setText(this.line, balanced ? text : words("board.account_off", { line: text }));
      setAttribute(this.line, "data-off", !balanced);
      this.link.hidden = false;
    } catch (problem) {
      setText(this.line, words("page.failed", { reason: problem.message }));
    }
  }
}
