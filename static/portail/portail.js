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
      document.documentElement.dataset.genOubli = "";
    });
  }

  // The last hours before a relevé pass while one reads: counted from what the portal said.
  const rebours = [...document.querySelectorAll("[data-rebours]")];
  const depart = performance.now();
  const reste = (secondes) => {
    const unites = [[Math.floor(secondes / 86400), "jour"], [Math.floor(secondes / 3600) % 24, "heure"],
      [Math.floor(secondes / 60) % 60, "minute"]];
    const dites = unites.filter(([nombre]) => nombre).map(([nombre, nom]) => `${nombre}\u00a0${nom}${nombre > 1 ? "s" : ""}`);
    if (unites[0][0] && !unites[1][0]) dites.length = 1;
    return dites.slice(0, 2).join(" et ") || "moins d’une minute";
  };
  const compter = () => {
    for (const place of rebours) {
      const secondes = Number(place.dataset.rebours) - Math.floor((performance.now() - depart) / 1000);
      if (secondes > 0) place.querySelector("strong").textContent = reste(secondes);
      else place.textContent = "Ce relevé est passé\u00a0: un dossier déposé maintenant prend le suivant.";
    }
  };
  if (rebours.length) setInterval(compter, 10_000);

  // Printing needs a script: the button shows itself only where it works.
  for (const bouton of document.querySelectorAll("[data-imprimer]")) {
    bouton.hidden = false;
    bouton.addEventListener("click", () => window.print());
  }
});
