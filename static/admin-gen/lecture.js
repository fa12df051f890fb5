/* The frozen dossier: search as one types, and the pages of its files in place. Without this file, the
   search is a page of the server, and the pages of a file have an address of their own. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const lecture = document.getElementById("lecture");
  if (!lecture) return;

  // --- Search -----------------------------------------------------------------------------------------
  const form = document.getElementById("recherche");
  const champ = document.getElementById("recherche-texte");
  const dit = document.getElementById("recherche-nombre");
  const avant = document.getElementById("recherche-avant"), apres = document.getElementById("recherche-apres");
  let marques = [], rang = -1, minuterie = 0, cherche = "";

  const LIGATURES = {"œ": "oe", "æ": "ae", "’": "'", "‘": "'", "–": "-", "‑": "-"};
  const plierSigne = (signe) => {
    if (/\s/u.test(signe)) return " ";
    return (LIGATURES[signe.toLowerCase()] ?? signe).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  };
  /** The text without accents nor capitals, and for each of its signs the place that gave it. */
  const plier = (texte) => {
    let plie = "";
    const places = [];
    let place = 0;
    for (const signe of texte) {
      // By unit, as the indexes of what is found: an emoji has two.
      for (const un of plierSigne(signe).split("")) {
        if (un !== " " || !plie.endsWith(" ")) {
          plie += un;
          places.push([place, place + signe.length]);
        }
      }
      place += signe.length;
    }
    return {plie, places};
  };
  const effacer = () => {
    for (const marque of lecture.querySelectorAll("mark.gen-trouve")) {
      const parent = marque.parentNode;
      marque.replaceWith(...marque.childNodes);
      parent.normalize();
    }
    marques = [];
    rang = -1;
  };
  const marquer = (noeud, mot) => {
    const {plie, places} = plier(noeud.data);
    const trouves = [];
    for (let debut = plie.indexOf(mot); debut >= 0; debut = plie.indexOf(mot, debut + mot.length)) {
      trouves.push([places[debut][0], places[debut + mot.length - 1][1]]);
    }
    for (const [debut, fin] of trouves.reverse()) {
      const suite = noeud.splitText(debut);
      suite.splitText(fin - debut);
      const marque = document.createElement("mark");
      marque.className = "gen-trouve";
      suite.replaceWith(marque);
      marque.append(suite);
    }
  };
  const dire = (phrase) => {
    dit.textContent = phrase;
  };
  const pluriel = (nombre) => `${nombre}\u00a0résultat${nombre > 1 ? "s" : ""}`;
  const chercher = () => {
    const mot = plier(champ.value).plie.trim();
    if (mot === cherche) return;
    cherche = mot;
    effacer();
    const trop = mot && mot.length < Number(champ.dataset.lettres);
    if (mot && !trop) {
      const noeuds = [];
      for (const place of lecture.querySelectorAll("[data-texte]")) {
        const marcheur = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
        while (marcheur.nextNode()) noeuds.push(marcheur.currentNode);
      }
      noeuds.forEach((noeud) => marquer(noeud, mot));
      marques = [...lecture.querySelectorAll("mark.gen-trouve")];
    }
    avant.hidden = apres.hidden = marques.length === 0;
    if (trop) dire(`Écrivez au moins ${champ.dataset.lettres} lettres.`);
    else if (!mot) dire("");
    else dire(marques.length ? `${pluriel(marques.length)}.` : "Aucun résultat.");
  };
  const aller = (pas) => {
    if (!marques.length) return;
    marques[rang]?.classList.remove("gen-trouve--ici");
    rang = rang < 0 ? (pas > 0 ? 0 : marques.length - 1) : (rang + pas + marques.length) % marques.length;
    marques[rang].classList.add("gen-trouve--ici");
    marques[rang].scrollIntoView({block: "center"});
    const section = marques[rang].closest(".gen-section")?.querySelector("h3")?.textContent ?? "";
    dire(`Résultat ${rang + 1} sur ${marques.length}\u00a0: ${section}.`);
  };
  if (form) {
    document.getElementById("recherche-liens")?.remove();
    form.addEventListener("submit", (evenement) => {
      evenement.preventDefault();
      clearTimeout(minuterie);
      const ancien = cherche;
      chercher();
      aller(cherche === ancien || rang < 0 ? 1 : 0);
    });
    champ.addEventListener("input", () => {
      clearTimeout(minuterie);
      minuterie = setTimeout(chercher, 250);
    });
    champ.addEventListener("keydown", (evenement) => {
      if (evenement.key === "Enter" && evenement.shiftKey) {
        evenement.preventDefault();
        chercher();
        aller(-1);
      } else if (evenement.key === "Escape") {
        champ.value = "";
        chercher();
      }
    });
    avant.addEventListener("click", () => aller(-1));
    apres.addEventListener("click", () => aller(1));
    if (champ.value) chercher();
  }

  // --- Where a finding is read ----------------------------------------------------------------------
  const viser = () => {
    const cible = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (cible && lecture.contains(cible)) cible.focus({preventScroll: true});
  };
  window.addEventListener("hashchange", viser);

  // --- The pages of a file ---------------------------------------------------------------------------
  const ESSAIS = [2, 4, 8, 16];
  const surveiller = (image) => {
    let essai = 0;
    const adresse = image.src;
    image.addEventListener("error", () => {
      if (essai >= ESSAIS.length) return;
      // Another page was being drawn: this one is asked for again.
      setTimeout(() => {
        image.src = `${adresse}?essai=${essai}`;
      }, 1000 * ESSAIS[essai]);
      essai += 1;
    });
  };
  const montrer = async (place, adresse) => {
    place.setAttribute("aria-busy", "true");
    try {
      const reponse = await fetch(adresse, {headers: {"X-Fragment": "1", "HX-Request": "true"}, redirect: "error"});
      if (!reponse.ok) throw new Error(String(reponse.status));
      place.innerHTML = await reponse.text();
      place.querySelectorAll("img[data-page]").forEach(surveiller);
      for (const lien of place.querySelectorAll("a[data-lot]")) {
        lien.addEventListener("click", (evenement) => {
          evenement.preventDefault();
          montrer(place, lien.href);
        });
      }
    } catch {
      const p = document.createElement("p"), lien = document.createElement("a");
      lien.href = adresse;
      lien.textContent = "les voir sur une page à part";
      p.append("Les pages ne se chargent pas. Refermez puis rouvrez cette pièce, ou ", lien, ".");
      place.replaceChildren(p);
      delete place.parentElement.dataset.montre;
    } finally {
      place.removeAttribute("aria-busy");
    }
  };
  for (const apercu of lecture.querySelectorAll("details[data-apercu]")) {
    apercu.addEventListener("toggle", () => {
      if (!apercu.open || "montre" in apercu.dataset) return;
      apercu.dataset.montre = "";
      montrer(apercu.querySelector(".gen-apercu__pages"), apercu.dataset.apercu);
    });
  }
});
