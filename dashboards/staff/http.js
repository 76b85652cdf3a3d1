// Talks to the API: JSON both ways, a problem document becomes an Error with its sentence, no session leads to sign-in.

import { language, words } from "./words.js";

export async function request(method, path, body) {
  const separator = path.includes("?") ? "&" : "?";
  let answer;
  try {
    answer = await fetch(`/api/v1${path}${separator}lang=${language()}`, {
      method,
      headers: { "X-CSRF": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
    });
  } catch {
    throw new Problem(0, words("board.unreachable"));
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const document_ = await answer.json().catch(() => ({}));
  if (answer.status === 401 && location.pathname !== "/signin") location.replace("/signin");
  throw new Problem(answer.status, document_.detail || document_.title || `HTTP ${answer.status}`);
}

export class Problem extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

export const get = (path) => request("GET", path);
export const post = (path, body) => request("POST", path, body);
export const remove = (path) => request("DELETE", path);
