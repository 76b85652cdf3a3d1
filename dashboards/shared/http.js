// Talks to the API: JSON both ways (a Blob goes as the file it is), a problem document becomes an Error with its sentence, no session leads to sign-in.

import { language, words } from "./words.js";

// `more` are further headers; with a Content-Type among them `body` is sent as it is.
export async function request(method, path, body, more = {}) {
  return (await exchange(method, path, body, more)).body;
}

// The same, with the version (ETag) of what was answered: { body, version }.
export async function exchange(method, path, body, more = {}) {
  const separator = path.includes("?") ? "&" : "?";
  const file = body instanceof Blob;
  const plain = file || "Content-Type" in more;
  let answer;
  try {
    answer = await fetch(`/api/v1${path}${separator}lang=${language()}`, {
      method,
      headers: { "X-CSRF": "1", ...(body === undefined ? {} : { "Content-Type": file ? body.type : "application/json" }), ...more },
      body: body === undefined || plain ? body : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
    });
  } catch {
    throw new Problem(0, words("page.unreachable"));
  }
  if (answer.ok) {
    return { body: answer.status === 204 ? null : await answer.json(), version: answer.headers.get("ETag") };
  }
  const document_ = await answer.json().catch(() => ({}));
  // Pages for everybody say so themselves: <html data-open>.
  const open = "open" in document.documentElement.dataset;
  if (answer.status === 401 && !open) location.replace("/signin");
  throw new Problem(answer.status, document_.detail || document_.title || `HTTP ${answer.status}`, document_);
}

export class Problem extends Error {
  // `members` are those of the problem document: `errors` names the fields at fault.
  constructor(status, sentence, members = {}) {
    super(sentence);
    this.status = status;
    this.members = members;
  }
}

export const get = (path) => request("GET", path);
export const post = (path, body) => request("POST", path, body);
export const put = (path, body) => request("PUT", path, body);
export const patch = (path, body) => request("PATCH", path, body);
export const remove = (path) => request("DELETE", path);

// Every item of a list, page after page.
export async function everything(path) {
  const items = [];
  let page = null;
  do {
    const after = page === null ? "" : `${path.includes("?") ? "&" : "?"}after=${encodeURIComponent(page.next)}`;
    page = await get(path + after);
    items.push(...page.items);
  } while (page.next != null);
  return items;
}
