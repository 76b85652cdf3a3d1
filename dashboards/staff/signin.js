// The sign-in page.

import { byId } from "../shared/dom.js";
import { get, post } from "../shared/http.js";
import { loadWords, words } from "../shared/words.js";

await loadWords();
const form = byId("form");
const button = byId("submit");

form.onsubmit = async (event) => {
  event.preventDefault();
  button.disabled = true;
  button.textContent = words("board.signing_in");
  byId("problem").textContent = "";
  try {
    await post("/session", { name: byId("name").value, password: byId("password").value });
    location.replace("/");
  } catch (problem) {
    byId("problem").textContent = problem.message;
    byId("password").select();
  } finally {
    button.disabled = false;
    button.textContent = words("board.sign_in");
  }
};

byId("name").focus();
get("/session").then(
  () => location.replace("/"),
  () => {}, // not signed in: that is what this page is for
);
