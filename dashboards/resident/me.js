// Who is signed in on this device. A mark in the browser's storage spares passers-by a question that is always refused.

import { get, patch, post, remove } from "../shared/http.js";
import { askedLanguage, language, otherLanguage, rememberLanguage } from "../shared/words.js";

const MARK = "foldspace.resident";
let account = null;

export const me = () => account;

export async function load() {
  if (!marked()) return null;
  try {
    account = await get("/me");
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    mark(false);
    account = null;
  }
  return account;
}

// Take what a route answered who the person is; return it.
export function take(answer) {
  account = answer;
  mark(answer !== null);
  return answer;
}

export async function signOut() {
  await remove("/me/session");
  take(null);
}

// The page speaks the language of the account, unless it was opened in one on purpose. Choosing another in the head of the
// page changes the account's, or the next visit would change it back.
export function speakTheirs() {
  document.getElementById("language").onclick = async () => {
    const wanted = otherLanguage();
    if (account !== null) await patch("/me", { language: wanted }).catch(() => null); // the page at least speaks it
    rememberLanguage(wanted);
  };
  if (account !== null && askedLanguage() === null && account.language !== language()) rememberLanguage(account.language);
}

export const signUp = async (name, phone) => take(await post("/me", { name, phone }));
export const signIn = async (who, code) => take(await post("/me/session", { who, code }));

// A question that only somebody signed in may ask; a session that has ended is noticed.
export async function asMe(question) {
  try {
    return await question();
  } catch (problem) {
    if (problem.status === 401) take(null);
    throw problem;
  }
}

function marked() {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true; // storage may be forbidden: then ask
  }
}

function mark(yes) {
  try {
    if (yes) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    // then the next page asks
  }
}
