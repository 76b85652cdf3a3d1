// Who is signed in on this device. A mark in the browser's storage spares passers-by a question that is always refused.

import { get, post, remove } from "../shared/http.js";

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
