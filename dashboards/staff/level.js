// The newest of every space. What changes is told once per frame of the screen, however fast it comes.

export const keyOf = (item) => `${item.site}/${item.space}`;

export class Level {
  // `onChange(changed)` hears which items changed since the last frame; null: all were read anew.
  constructor(onChange) {
    this.onChange = onChange;
    this.items = new Map();
    this.changed = new Set();
    this.asked = false;
    this.sharing = new Map();
  }

  replace(items) {
    this.items = new Map(items.map((item) => [keyOf(item), item]));
    this.sharing = sharing(items);
    this.changed.clear();
    this.onChange(null);
  }

  put(item) {
    const key = keyOf(item);
    const known = this.items.get(key);
    // A resumed stream may repeat what the level already told.
    if (!known || (item.state && known.state && Date.parse(item.state.as_of) < Date.parse(known.state.as_of))) return;
    this.items.set(key, item);
    this.changed.add(key);
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => this.tell());
  }

  tell() {
    this.asked = false;
    const changed = [...this.changed].map((key) => this.items.get(key)).filter(Boolean);
    this.changed.clear();
    if (changed.length) this.onChange(changed);
  }

  // The spaces that share a room with this one, itself among them.
  touched(site, space) {
    return this.sharing.get(`${site}/${space}`) ?? [];
  }
}

function sharing(items) {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  const rooms = (item, found = new Set()) => {
    if (found.has(item.space)) return found;
    found.add(item.space);
    for (const part of item.parts) {
      const one = byKey.get(`${item.site}/${part}`);
      if (one) rooms(one, found);
    }
    return found;
  };
  const claims = new Map(items.map((item) => [keyOf(item), rooms(item)]));
  const whole = items.filter((item) => item.parts.length);
  return new Map(
    items.map((item) => {
      const mine = claims.get(keyOf(item));
      // Only through something that has parts can two spaces meet.
      const others = (item.parts.length ? items : whole).filter(
        (one) => one !== item && one.site === item.site && [...claims.get(keyOf(one))].some((room) => mine.has(room)),
      );
      return [keyOf(item), [item.space, ...others.map((one) => one.space)]];
    }),
  );
}
