/* Comfort only: every page works without this file. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The summary of errors takes the focus, so that it is read first.
  document.querySelector("[data-focus]")?.focus();

  // Printing needs a script: the button shows itself only where it works.
  for (const bouton of document.querySelectorAll("[data-imprimer]")) {
    bouton.hidden = false;
    bouton.addEventListener("click", () => window.print());
  }
});
