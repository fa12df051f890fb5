/* A file leaves as soon as it is chosen: its progress is shown, its failure said, its verification followed.
   Without this file, the buttons of the page send it. */
"use strict";

(() => {
  const PERIODE = 3000; // Milliseconds between two looks at a piece that is being verified.
  const REGARDS = 60; // Beyond, the page says it at its next opening.

  // The cookie first: signing in from another window changes it.
  const jeton = (form) => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1]
    ?? form.querySelector("[name=csrfmiddlewaretoken]").value;
  const entetes = {Accept: "application/json", "HX-Request": "true"};
  const ici = (ancre) => `${location.href.split("#")[0]}#${ancre}`;
  let enCours = 0;
  let finis = Promise.resolve(true);

  /** What a file that can't leave lacks, said before it is sent. */
  const refus = (fichier, {octets, octetsMots}) => {
    if (!fichier.size) return `Le fichier «\u00a0${fichier.name}\u00a0» est vide. Vérifiez-le, puis choisissez-le à nouveau.`;
    if (fichier.size <= Number(octets)) return "";
    const pese = Math.ceil(fichier.size / 1024 ** 2).toLocaleString("fr-FR");
    return `Le fichier «\u00a0${fichier.name}\u00a0» pèse ${pese}\u00a0Mo, pour ${octetsMots} au plus. ` +
      "Réduisez-le ou découpez-le, puis choisissez-le à nouveau.";
  };

  class Envoi {
    constructor(champ, {adresse, form, reussi, annule}) {
      Object.assign(this, {champ, adresse, form, reussi, annule});
      this.zone = document.createElement("div");
      this.zone.className = "gen-envoi";
      this.zone.id = `${champ.id}-envoi`;
      this.statut = document.createElement("p");
      this.statut.setAttribute("role", "status");
      this.statut.className = "fr-mb-1v";
      this.erreur = document.createElement("p");
      this.erreur.setAttribute("role", "alert");
      this.erreur.className = "fr-mb-1v";
      this.erreur.id = `${champ.id}-refus`;
      this.suite = document.createElement("div");
      this.zone.append(this.statut, this.erreur, this.suite);
      champ.after(this.zone);
      champ.addEventListener("change", () => {
        if (champ.files.length) this.commencer(champ.files[0]);
      });
    }

    dire(phrase) {
      this.statut.textContent = phrase;
      this.reprocher("");
    }

    reprocher(phrase) {
      this.erreur.textContent = phrase;
      this.erreur.classList.toggle("fr-error-text", Boolean(phrase));
      this.champ.closest(".fr-upload-group").classList.toggle("fr-upload-group--error", Boolean(phrase));
      if (phrase) {
        this.champ.setAttribute("aria-invalid", "true");
        this.champ.setAttribute("aria-errormessage", this.erreur.id);
      } else {
        this.champ.removeAttribute("aria-invalid");
        this.champ.removeAttribute("aria-errormessage");
      }
    }

    bouton(texte, agir) {
      const bouton = document.createElement("button");
      bouton.type = "button";
      bouton.className = "fr-btn fr-btn--sm fr-btn--secondary";
      bouton.textContent = texte;
      bouton.addEventListener("click", agir);
      return bouton;
    }

    commencer(fichier) {
      this.suite.replaceChildren();
      // What the page said of an earlier try is past.
      this.champ.closest(".fr-upload-group").querySelector("[id$='-desc-error']")?.remove();
      this.form.parentElement.querySelector(":scope > [data-focus]")?.remove();
      const phrase = refus(fichier, this.champ.dataset);
      if (phrase) {
        this.champ.value = "";
        this.dire("");
        return this.reprocher(phrase);
      }
      const donnees = new FormData();
      donnees.append(this.champ.name, fichier);
      // The page's own button must not send it a second time.
      this.champ.value = "";
      this.champ.disabled = true;
      enCours += 1;
      const arrivee = new Promise((resoudre) => { this.arrivee = resoudre; });
      finis = Promise.all([finis, arrivee]).then((tous) => tous.every(Boolean));
      // A button of the page waits for what is on its way (saisie.js).
      this.form.envoisFinis = () => finis;
      // A row that was just added is saved first, for the portal to know it (saisie.js).
      const ligne = this.champ.closest("[data-nouvelle]") && this.form.saisieFinie?.();
      Promise.resolve(ligne).then(() => this.envoyer(fichier, donnees));
    }

    envoyer(fichier, donnees) {
      const requete = new XMLHttpRequest();
      const barre = document.createElement("progress");
      barre.max = 100;
      barre.value = 0;
      barre.setAttribute("aria-label", `Envoi de ${fichier.name}`);
      const part = document.createElement("span");
      part.className = "fr-text--sm fr-mb-0";
      this.dire(`Envoi de «\u00a0${fichier.name}\u00a0»…`);
      this.suite.replaceChildren(barre, part, this.bouton("Annuler l’envoi", () => requete.abort()));
      requete.upload.addEventListener("progress", ({loaded, total}) => {
        barre.value = total ? Math.floor(loaded / total * 100) : 0;
        part.textContent = ` ${barre.value}\u00a0% `;
        if (total && loaded === total) {
          // The portal has it all: nothing can be taken back but by « Retirer ».
          this.statut.textContent = "Fichier reçu, enregistrement…";
          this.suite.replaceChildren(barre, part);
        }
      });
      this.arrete = false;
      requete.addEventListener("abort", () => { this.arrete = true; });
      requete.addEventListener("loadend", () => this.conclure(requete, fichier));
      requete.open("POST", this.adresse());
      requete.responseType = "json";
      for (const [nom, valeur] of Object.entries(entetes)) requete.setRequestHeader(nom, valeur);
      requete.setRequestHeader("HX-Current-URL", ici(this.champ.id));
      requete.setRequestHeader("X-CSRFToken", jeton(this.form));
      requete.send(donnees);
    }

    conclure(requete, fichier) {
      enCours -= 1;
      this.champ.disabled = false;
      this.suite.replaceChildren();
      const {status, response} = requete;
      if (status === 200 && response) {
        this.dire(response.phrase ?? "");
        this.reussi(response);
      } else if (status === 401) {
        this.dire("");
        this.reprocher("Votre session est terminée\u00a0: le fichier n’est pas joint. ");
        const lien = document.createElement("a");
        lien.href = requete.getResponseHeader("HX-Redirect") ?? location.href;
        lien.textContent = "Se connecter et revenir ici";
        this.erreur.append(lien);
      } else if (status === 413) {
        this.dire("");
        this.reprocher(`Le fichier «\u00a0${fichier.name}\u00a0» est trop lourd\u00a0: ${this.champ.dataset.octetsMots} au plus.`);
      } else if (status === 422 && response?.refus) {
        this.dire("");
        this.reprocher(response.refus);
      } else if (status === 403 || status === 404) {
        this.dire("");
        this.reprocher("Cette page n’est plus à jour\u00a0: rechargez-la, puis choisissez à nouveau le fichier.");
      } else if (this.arrete) {
        this.dire("Envoi annulé.");
        this.annule?.();
      } else {
        this.dire("");
        this.reprocher(`Le fichier «\u00a0${fichier.name}\u00a0» n’est pas arrivé${navigator.onLine ? "" : "\u00a0: pas de connexion"}.`);
        this.suite.append(this.bouton("Réessayer", () => this.commencer(fichier)));
      }
      // What was pressed is gone: the focus goes back to the field, for nothing else to be lost.
      if (document.activeElement === document.body) this.champ.focus();
      if (status !== 200) finis = Promise.resolve(true);
      this.arrivee(status === 200);
    }
  }

  // --- The places of a section --------------------------------------------------------------------
  /** The address of a place: a row that comes back from this browser has taken its own identifier again. */
  const adresse = (place) => {
    const ligne = place.closest("[data-ligne]")?.dataset.ligne;
    return ligne ? `${place.dataset.place.split("?")[0]}?ligne=${ligne}` : place.dataset.place;
  };
  /** Show what the portal holds of a place. */
  const regarder = async (place) => {
    try {
      const reponse = await fetch(adresse(place), {headers: entetes});
      if (reponse.ok) montrer(place, (await reponse.json()).place);
    } catch {
      // No network: the next look tells.
    }
  };
  /** Look again at a place while one of its pieces is being verified. */
  const minuteries = new WeakMap();
  const suivre = (place, reste) => {
    clearTimeout(minuteries.get(place));
    if (!reste || !place.querySelector("[data-attend]")) return;
    minuteries.set(place, setTimeout(async () => {
      await regarder(place);
      suivre(place, reste - 1);
    }, PERIODE));
  };

  /** Show what a place holds now; the focus stays where it was. */
  const montrer = (place, html) => {
    const contenu = place.querySelector("[data-contenu]");
    const {activeElement} = document;
    const actif = contenu.contains(activeElement) ? activeElement.textContent : "";
    const avant = contenu.textContent;
    contenu.innerHTML = html;
    if (actif) [...contenu.querySelectorAll("a, button")].find((un) => un.textContent === actif)?.focus();
    if (contenu.textContent !== avant) contenu.setAttribute("aria-live", "polite");
  };

  for (const place of document.querySelectorAll("[data-place]")) {
    const champ = place.querySelector("input[type=file]");
    new Envoi(champ, {
      adresse: () => adresse(place),
      form: champ.form,
      reussi: ({place: html, heure, manques}) => {
        montrer(place, html);
        // The bar of the section tells what is still missing (saisie.js).
        champ.form.dispatchEvent(new CustomEvent("gen-piece", {detail: {heure, manques}}));
        suivre(place, REGARDS);
      },
      annule: () => regarder(place),
    });
    suivre(place, REGARDS);
  }

  // --- The page that replaces one -------------------------------------------------------------------
  for (const form of document.querySelectorAll("[data-envoi-page]")) {
    new Envoi(form.querySelector("input[type=file]"), {
      adresse: () => location.pathname,
      form,
      reussi: ({suite}) => location.assign(suite),
    });
  }

  addEventListener("beforeunload", (evenement) => { if (enCours) evenement.preventDefault(); });
})();
