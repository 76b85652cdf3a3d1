// Makes elements and changes only what differs, so that focus, selection and screen readers are left in peace.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// What was set last is remembered, so that nothing is read back from the page hundreds of times a second.
const told = new WeakMap();

export function setText(element, text) {
  if (told.get(element) === text && element.firstChild?.data === (text || undefined)) return;
  told.set(element, text);
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

// Fetch a style sheet that only a part of the page needs; once, however often it is asked for.
const sheets = new Map();

export function style(address) {
  if (!sheets.has(address)) {
    const link = make("link", { rel: "stylesheet", href: address });
    // Without it the part is plain, which is better than not there.
    sheets.set(address, new Promise((done) => ["load", "error"].forEach((name) => link.addEventListener(name, done))));
    document.head.append(link);
  }
  return sheets.get(address);
}

export function byId(id) {
  return document.getElementById(id);
}
