/* Comfort only: every page works without this file. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The summary of errors takes the focus, so that it is read first.
  document.querySelector("[data-focus]")?.focus();
});
