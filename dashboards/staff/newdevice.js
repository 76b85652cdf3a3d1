// The form that tells foldspace about a device before it was ever heard, and the password that lets it in.

import { byId, make } from "../shared/dom.js";
import { answerLine, check, field, onSend, select } from "../shared/forms.js";
import { post } from "../shared/http.js";
import { kindName } from "../shared/vocabulary.js";
import { words } from "../shared/words.js";
import { issuedCard } from "./issued.js";
import { KINDS } from "./unclaimed.js";

const CODECS = ["zigbee2mqtt", "tasmota", "shelly", "chirpstack", "things_stack", "ocpp"];

export class NewDevice {
  constructor(details, onAdded) {
    this.space = select([], { name: "space", required: true });
    const kinds = select(KINDS.map((kind) => [kind, kindName(kind)]), { name: "kind" });
    const codec = select([["", words("fleet.codec_own")], ...CODECS.map((one) => [one, one])], { name: "codec" });
    const topic = field(words("fleet.topic"), make("input", { name: "topic", maxlength: 200, spellcheck: "false" }), { hidden: true });
    const signed = check(words("fleet.signed"), { name: "signed" });
    codec.onchange = () => {
      topic.hidden = codec.value === "";
    topic.querySelector("input").required = codec.value !== "";
      signed.hidden = codec.value !== "";
    };
    this.issued = make("ul", { class: "strangers issued" });
    const line = answerLine();
    const form = make(
      "form",
      {},
      make(
        "div",
        { class: "fields" },
        field(words("fleet.device_name"), make("input", { name: "id", required: true, pattern: "[a-z0-9][a-z0-9_\\-]{0,63}", title: words("fleet.name_hint"), autocomplete: "off", spellcheck: "false" })),
        field(words("board.claim_space"), this.space),
        field(words("board.claim_kind"), kinds),
        field(words("fleet.heartbeat"), make("input", { name: "heartbeat_s", type: "number", min: 1, max: 86400, placeholder: words("fleet.heartbeat_usual") })),
        field(words("fleet.codec"), codec),
        topic,
        signed,
      ),
      make("p", { class: "actions" }, make("button", { type: "submit", class: "primary" }, words("fleet.add"))),
      line,
    );
    onSend(form, line, async (data) => {
      const [site, space] = this.space.value.split("/");
      const vendor = data.get("codec") || null;
      const body = {
        id: data.get("id").trim(),
        site,
        space,
        kind: data.get("kind"),
        heartbeat_s: data.get("heartbeat_s") ? Number(data.get("heartbeat_s")) : null,
        codec: vendor,
        topic: vendor ? data.get("topic").trim() || null : null,
        credentials: vendor === null,
        signed: vendor === null && data.get("signed") !== null,
      };
      const made = await post("/devices", body);
      const card = issuedCard(body.id, made, () => byId("more-devices").focus());
      if (card) this.issued.append(card);
      form.reset();
      codec.onchange();
      await onAdded();
      return words("fleet.added", { device: body.id });
    });
    details.replaceChildren(make("summary", { id: "more-devices" }, make("h2", {}, words("fleet.add_device"))), this.issued, form);
    details.hidden = false;
  }

  // The spaces to choose from; a choice made stays made.
  offer(spaces) {
    const values = spaces.map((one) => `${one.site}/${one.space}`);
    if (values.join() === [...this.space.options].map((option) => option.value).join()) return;
    const chosen = this.space.value;
    this.space.replaceChildren(...spaces.map((one, place) => make("option", { value: values[place] }, one.name)));
    if (values.includes(chosen)) this.space.value = chosen;
  }
}
