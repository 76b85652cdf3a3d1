// Draws something anew without taking the focus from whoever is on it: elements are known again by data-focus.

export function refocused(box, draw) {
  const before = box.contains(document.activeElement) ? document.activeElement : null;
  const key = before?.dataset.focus;
  draw();
  if (key === undefined) return;
  const again = box.querySelector(`[data-focus="${CSS.escape(key)}"]`);
  again?.focus({ preventScroll: true });
  if (again?.type === "search") again.setSelectionRange(again.value.length, again.value.length);
}
