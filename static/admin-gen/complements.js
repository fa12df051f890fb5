/* A request for compléments: a filter over its elements, and what is written kept in this browser until it is
   sent. Comfort only: both pages work without this file. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-brouillon]");
  if (!form) return;
  const elements = [...form.querySelectorAll("[data-element]")].map((place) => ({
    place,
    section: place.closest("details"),
    boite: place.querySelector("input[type=checkbox]"),
    consigne: place.querySelector("textarea"),
    mots: place.querySelector("label").textContent,
  }));

  // --- The draft: the sign-out drops whatever begins so (portail.js) ---------------------------------
  const cle = form.dataset.brouillon;
  const dit = document.getElementById("brouillon");
  const depuisUnCritere = new URLSearchParams(location.search).has("critere");
  const date = form.elements.namedItem("reponse_avant"), message = form.elements.namedItem("message");
  // A browser may refuse to keep anything: the page works all the same.
  const garder = (acte) => {
    try {
      acte();
    } catch {
      // Nothing is kept, nothing is put back.
    }
  };
  const ecrire = () => {
    const saisis = elements.filter(
      ({boite, consigne}) => boite.checked !== boite.defaultChecked || boite.checked || consigne.value !== consigne.defaultValue,
    );
    const brouillon = {
      date: date.value,
      message: message.value,
      elements: saisis.map(({boite, consigne}) => [boite.value, boite.checked, consigne.value]),
    };
    garder(() => localStorage.setItem(cle, JSON.stringify(brouillon)));
  };
  const oublier = () => {
    if (!window.confirm("Effacer tout ce que vous avez écrit dans cette demande ?")) return;
    garder(() => localStorage.removeItem(cle));
    location.reload();
  };
  const remettre = () => {
    let brouillon;
    garder(() => {
      brouillon = JSON.parse(localStorage.getItem(cle));
    });
    if (!Array.isArray(brouillon?.elements)) return;
    const par = new Map(elements.map((un) => [un.boite.value, un]));
    for (const [valeur, coche, texte] of brouillon.elements) {
      const un = par.get(valeur);
      if (!un) continue;
      un.boite.checked = coche || (depuisUnCritere && un.boite.defaultChecked);
      un.consigne.value = texte;
      un.section.open = true;
    }
    date.value = brouillon.date ?? date.value;
    message.value = brouillon.message ?? message.value;
    dit.textContent = "Votre demande commencée, gardée sur cet appareil, est remise en place. Elle n’est pas envoyée. ";
    const bouton = document.createElement("button");
    bouton.type = "button";
    bouton.className = "button";
    bouton.textContent = "Repartir de zéro";
    bouton.addEventListener("click", oublier);
    dit.after(bouton);
  };
  // What the portal has just given back is what was typed last.
  if ("rendu" in form.dataset) ecrire();
  else remettre();
  form.addEventListener("input", (evenement) => evenement.target.id !== "filtre-texte" && ecrire());
  form.addEventListener("change", (evenement) => evenement.target.id !== "filtre-texte" && ecrire());

  // --- The filter ---------------------------------------------------------------------------------------
  const filtre = document.getElementById("filtre-texte");
  const nombre = document.getElementById("filtre-nombre");
  const plier = (texte) => texte.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[’‘]/gu, "'").toLowerCase();
  const filtrer = () => {
    const mot = plier(filtre.value.trim());
    let trouves = 0;
    for (const {place, section, mots} of elements) {
      const ici = !mot || plier(mots).includes(mot);
      place.hidden = !ici;
      if (mot && ici) {
        trouves += 1;
        section.open = true;
      }
    }
    for (const section of form.querySelectorAll("details")) {
      section.hidden = Boolean(mot) && !section.querySelector("[data-element]:not([hidden])");
    }
    nombre.textContent = !mot ? "" : trouves ? `${trouves}\u00a0élément${trouves > 1 ? "s" : ""}.` : "Aucun élément.";
  };
  document.getElementById("filtre").hidden = false;
  filtre.addEventListener("input", filtrer);
  // Enter would check the request.
  filtre.addEventListener("keydown", (evenement) => evenement.key === "Enter" && evenement.preventDefault());
});
