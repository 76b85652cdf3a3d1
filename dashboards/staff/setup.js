// The set-up page: sections beside each other, one shown at a time, all over one catalogue.

import { ask } from "../shared/ask.js";
import { byId, make, setText } from "../shared/dom.js";
import { open } from "./page.js";
import { Catalogue } from "./setup/catalogue.js";
import { Changeover } from "./setup/changeover.js";
import { devicesSection } from "./setup/devices.js";
import { CommunityFile } from "./setup/file.js";
import { unsaved } from "./setup/form.js";
import { sitesSection, spacesSection } from "./setup/places.js";
import { Plans } from "./setup/plans.js";
import { PolicyForm } from "./setup/policy.js";
import { groupsSection, holidaysSection, standingSection, supplySection } from "./setup/terms.js";
import { words } from "../shared/words.js";

const catalogue = new Catalogue();
let shown = null; // { element, changed() } of the section on the page
let site = null;
let admin = false;

// `whole`: about all sites at once. `admins`: others do not see it at all.
const SECTIONS = {
  sites: { whole: true, make: () => sitesSection(catalogue, { admin }) },
  spaces: { make: () => spacesSection(catalogue, site, { admin }) },
  devices: { admins: true, make: () => devicesSection(catalogue, site) },
  plans: {
    make: () => {
      const plans = new Plans(catalogue, site, { admin });
      plans.read().catch(fail);
      return plans;
    },
  },
  holidays: { make: () => holidaysSection(catalogue, site) },
  supply: { make: () => supplySection(catalogue, site) },
  changeover: { make: () => new Changeover(catalogue, site) },
  groups: { make: () => groupsSection(catalogue, site) },
  standing: { make: () => standingSection(catalogue, site) },
  policy: { whole: true, make: () => new PolicyForm(catalogue, { admin }) },
  file: { whole: true, admins: true, make: () => new CommunityFile(catalogue, { onImported: () => offerSites() }) },
};

const allowed = () => Object.entries(SECTIONS).filter(([, one]) => admin || !one.admins);
const here = () => {
  const asked = location.hash.slice(1);
  return allowed().some(([name]) => name === asked) ? asked : allowed()[catalogue.sites.length ? 1 : 0][0];
};

const held = () => unsaved() || Boolean(shown?.changed?.());

async function leave() {
  return !held() || (await ask(words("setup.discard"), words("setup.discard_yes")));
}

window.addEventListener("beforeunload", (event) => {
  if (held()) event.preventDefault();
});

function offerSites() {
  const { sites } = catalogue;
  if (!sites.some((one) => one.id === site)) site = sites[0]?.id ?? null;
  const select = byId("site");
  select.replaceChildren(...sites.map((one) => make("option", { value: one.id }, one.name)));
  select.value = site ?? "";
}

function draw() {
  const name = here();
  const section = SECTIONS[name];
  for (const link of byId("sections").querySelectorAll("a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  setText(byId("section-title"), words(`setup.section_${name}`));
  setText(byId("section-lead"), words(`setup.section_${name}_lead`));
  byId("site-choice").hidden = Boolean(section.whole) || catalogue.sites.length < 2;
  byId("first-run").hidden = catalogue.sites.length > 0 || !admin;
  if (!section.whole && site === null) {
    shown = null;
    byId("section").replaceChildren(make("p", { class: "hint" }, words("setup.site_first")));
    return;
  }
  shown = section.make();
  byId("section").dataset.section = name;
  byId("section").replaceChildren(shown.element);
}

function fail(problem) {
  const note = byId("trouble");
  note.hidden = false;
  setText(note, words("page.failed", { reason: problem.message }));
}

let at = null;

async function go() {
  if (here() === at) return;
  if (!(await leave())) {
    history.replaceState(null, "", `#${at}`);
    return;
  }
  at = here();
  byId("section").replaceChildren(); // nobody begins to fill in what is about to go
  await show();
  byId("section-title").focus();
}

async function show() {
  try {
    await catalogue.read();
  } catch (problem) {
    fail(problem);
    return;
  }
  offerSites();
  draw();
}

function begin() {
  byId("sections").replaceChildren(
    ...allowed().map(([name]) => make("a", { href: `#${name}` }, words(`setup.section_${name}`))),
  );
  if (admin) byId("sections").append(make("a", { href: "/people" }, words("page.nav_people")));
  byId("site").onchange = async (event) => {
    const wanted = event.target.value;
    if (await leave()) site = wanted;
    offerSites();
    draw();
  };
  window.addEventListener("hashchange", go);
}

let begun = false;
await open("setup.title", async (who) => {
  if (begun) return; // what somebody is filling in is left in peace; each section reads anew when it is opened
  admin = who.role === "admin";
  begin();
  await show();
  at = here();
  begun = true;
});
