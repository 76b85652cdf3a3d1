// The catalogue as this page has read it, and its changes: each says which version it has seen, so that nobody's work
// is overwritten unread.

import { exchange } from "../../shared/http.js";

export class Catalogue {
  constructor() {
    this.community = null;
    this.version = null;
  }

  async read() {
    const { body, version } = await exchange("GET", "/community");
    this.community = body;
    this.version = version;
  }

  // Make one change and read anew. Adding needs no version: a name that is taken is refused anyway.
  async change(method, path, body, seen = this.version) {
    const headers = method === "POST" || seen === null ? {} : { "If-Match": seen };
    const answer = await exchange(method, path, body, headers);
    await this.read();
    return answer.body;
  }

  get sites() {
    return this.community.sites;
  }

  site(id) {
    return this.sites.find((one) => one.id === id);
  }

  spaces(site) {
    return this.community.spaces.filter((one) => one.site === site);
  }

  space(site, id) {
    return this.community.spaces.find((one) => one.site === site && one.id === id);
  }

  spaceName(site, id) {
    return this.space(site, id)?.name ?? id;
  }

  of(table, site) {
    return this.community[table].filter((one) => one.site === site);
  }

  // Every function that a space of the site has, in the order in which they come.
  functions(site) {
    return [...new Set(this.spaces(site).flatMap((one) => one.functions))];
  }

  features(site) {
    return [...new Set(this.spaces(site).flatMap((one) => one.features))];
  }

  // A short name that is not taken: of the Latin letters of a name, else of what it is and a number.
  freeId(name, what, taken) {
    const base = name
      .normalize("NFKD")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40);
    const used = new Set(taken.map((one) => one.id));
    if (base && !used.has(base)) return base;
    for (let number = base ? 2 : 1; ; number += 1) {
      const id = `${base || what}-${number}`;
      if (!used.has(id)) return id;
    }
  }
}
