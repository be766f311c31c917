// Without this the console works as well; with it, a page that shows something on its way is read again by itself.
"use strict";

const EVERY = 2000; // milliseconds

async function readAgain() {
  const shown = document.querySelector("main[data-live]");
  if (!shown) return;
  const isBusy = document.hidden || shown.contains(document.activeElement);
  if (!isBusy) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const read = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (answer.ok && read) shown.replaceWith(read);
    } catch {
      // The service cannot be reached for a moment: what is shown stays, and is read again.
    }
  }
  setTimeout(readAgain, EVERY);
}

setTimeout(readAgain, EVERY);
