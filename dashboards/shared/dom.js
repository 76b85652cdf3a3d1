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

export function byId(id) {
  return document.getElementById(id);
}
