// The sheet to print and put up at a door: the room's name, its code, and three steps in both languages.

import { byId, make, setText } from "../shared/dom.js";
import { both, loadSpeech, main, say, tell } from "./speech.js";

const [, , site, space] = location.pathname.split("/");

async function fill() {
  await loadSpeech();
  tell(byId("print"), both("screen.sheet_print"));
  tell(byId("size"), both("screen.sheet_size"));
  byId("print").onclick = () => print();
  byId("back").href = `/screen/${site}/${space}`;
  tell(byId("back"), both("screen.sheet_back"));
  const answer = await fetch(`/api/v1/public/screens/${site}/${space}?lang=${main}`);
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? `HTTP ${answer.status}`);
  document.title = `${told.name} · ${say("screen.sheet_title")}`;
  setText(byId("site"), told.site_name);
  setText(byId("name"), told.name);
  tell(byId("lead"), both("screen.sheet_lead"));
  byId("code").src = `/api/v1/public/spaces/${site}/${space}/qr.svg`;
  byId("code").alt = say("screen.scan_alt", { link: told.link });
  byId("steps").replaceChildren(...[1, 2, 3].map((step) => make("li", {}, ...both(`screen.sheet_${step}`))));
  setText(byId("link"), told.link);
}

fill().catch((problem) => setText(byId("trouble"), say("screen.refused", { reason: problem.message })));
