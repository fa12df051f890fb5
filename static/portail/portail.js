/* Comfort only: every page works without this file. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  // The summary of errors takes the focus, so that it is read first.
  const resume = document.querySelector("[data-focus]");
  resume?.focus();
  // An address that names a question or a row leads to it, cursor included.
  const cible = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  if (!resume && cible?.matches("input, select, textarea, [tabindex]")) cible.focus();

  // Texts kept in this browser are those of the person who signs out.
  for (const formulaire of document.querySelectorAll("form[action$='/logout/']")) {
    formulaire.addEventListener("submit", () => {
      const cles = Object.keys(localStorage).filter((cle) => cle.startsWith("gen-saisie:"));
      cles.forEach((cle) => localStorage.removeItem(cle));
    });
  }

  // Printing needs a script: the button shows itself only where it works.
  for (const bouton of document.querySelectorAll("[data-imprimer]")) {
    bouton.hidden = false;
    bouton.addEventListener("click", () => window.print());
  }
});
