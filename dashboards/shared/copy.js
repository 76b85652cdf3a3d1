// Copies a text that the page shows.

// Return whether it was copied. Over plain http the browser keeps the clipboard to itself: then what is shown is selected,
// to be copied by hand. `shown` is the element, or the field, that shows the text.
export async function copyOrSelect(shown, text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (shown instanceof HTMLInputElement) shown.select();
    else getSelection().selectAllChildren(shown);
    return false;
  }
}
