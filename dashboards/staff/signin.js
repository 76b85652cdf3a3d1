// The sign-in page: a password, or the way to the provider where there is one, and what became of that.

import { byId } from "../shared/dom.js";
import { get, post } from "../shared/http.js";
import { keepLanguage, languageKept, loadWords, words } from "../shared/words.js";

const REASONS = new Set(["down", "wrong", "expired", "no_role", "stale", "denied", "throttled"]);

await loadWords();
const form = byId("form");
const button = byId("submit");

form.onsubmit = async (event) => {
  event.preventDefault();
  button.disabled = true;
  button.textContent = words("board.signing_in");
  say("");
  try {
    goIn(await post("/session", { name: byId("name").value, password: byId("password").value }));
  } catch (problem) {
    say(problem.message);
    byId("password").select();
  } finally {
    button.disabled = false;
    button.textContent = words("board.sign_in");
  }
};

function goIn(who) {
  if (!languageKept()) keepLanguage(who.language); // on a device where nobody has chosen, the account says it
  location.replace(who.home);
}

function say(sentence) {
  byId("problem").textContent = sentence;
}

// Back from the provider: the session is there, or a reason why not.
function told() {
  const came = new URLSearchParams(location.search).get("oidc");
  if (REASONS.has(came)) say(words(`people.oidc_${came}`));
}

byId("name").focus();
told();
get("/session/ways").then(
  (ways) => {
    byId("elsewhere").hidden = !ways.oidc;
    byId("residents").hidden = !ways.residents;
  },
  () => {}, // without an answer there is the password still
);
get("/session").then(goIn, () => {}); // not signed in: that is what this page is for
