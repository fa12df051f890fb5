/* The ten verdicts save themselves as they are given. Without this file, each has its button.

   What the portal does not have yet is kept in the browser and sent again; a verdict that somebody else
   gave meanwhile is never written over: the person chooses. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const suite = document.getElementById("suite");
  const formulaires = [...document.querySelectorAll("form.gen-verdict")];
  if (!suite || !formulaires.length) return;

  const PAUSE = 900; // milliseconds without a key before a reason leaves
  const DELAI = 20_000; // beyond, the network is held to be down
  const ESSAIS = [2, 5, 10, 30, 60]; // seconds before each new try
  const VEILLE = 20_000; // milliseconds between two looks at what others gave
  const alerte = document.getElementById("verdict-alerte");
  const etat = document.getElementById("verdict-etat");
  let arrete = false;

  const dire = (phrase) => {
    etat.textContent = phrase;
  };
  const alerter = (phrase, ...reste) => {
    if (alerte.dataset.phrase === phrase && phrase) return;
    alerte.dataset.phrase = phrase;
    alerte.replaceChildren(phrase, ...reste);
  };
  const lien = (phrase, adresse) => {
    const a = document.createElement("a");
    a.href = adresse;
    a.textContent = phrase;
    return a;
  };
  const jeton = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1]
    ?? formulaires[0].elements.namedItem("csrfmiddlewaretoken").value;

  /** Who gave a verdict, and the verb's beginning: oneself in another window is nobody else. */
  const auteur = ({qui, par}) => qui === suite.dataset.qui ? "Vous avez, dans une autre fenêtre," : `${par} a`;

  // --- One criterion ------------------------------------------------------------------------------
  class Critere {
    constructor(form) {
      this.form = form;
      this.numero = Number(form.dataset.critere);
      this.cle = form.dataset.brouillon;
      this.motif = form.elements.namedItem("motif");
      this.vue = form.elements.namedItem("vue");
      this.ligne = form.querySelector("[data-etat]");
      this.stocke = this.servi();
      this.minuterie = 0;
      this.essai = 0;
      this.envoi = false;
      this.conflit = false;
      this.refuse = "";
      /** The deposit that what is typed was written about, when it is a former one. */
      this.ancien = "";
      /** What left and got no answer: the portal may have it. */
      this.perdus = [];
      form.addEventListener("submit", (evenement) => {
        if (arrete) return;
        evenement.preventDefault();
        this.refuse = "";
        this.ancien = "";
        this.partir(0, true);
      });
      form.addEventListener("change", (evenement) => {
        if (evenement.target.name === "avis") this.change(0);
      });
      this.motif.addEventListener("input", () => this.change(PAUSE));
      this.motif.addEventListener("blur", () => this.minuterie && this.partir(0));
    }

    get article() {
      return this.form.closest("article");
    }

    /** What the portal has served, whatever a browser that comes back has put into the form. */
    servi() {
      const radio = [...this.form.querySelectorAll("input[name=avis]")].find((un) => un.defaultChecked);
      return {avis: radio?.value ?? "", motif: this.motif.defaultValue};
    }

    lu() {
      return {avis: new FormData(this.form).get("avis") ?? "", motif: this.motif.value};
    }

    ecrire({avis, motif}) {
      for (const radio of this.form.querySelectorAll("input[name=avis]")) radio.checked = radio.value === avis;
      this.motif.value = motif;
    }

    get differe() {
      const {avis, motif} = this.lu();
      return avis !== this.stocke.avis || motif.trim() !== this.stocke.motif.trim();
    }

    /** Why what is typed cannot leave yet, or nothing. */
    get attend() {
      const {avis, motif} = this.lu();
      if (!avis) return "Choisissez un verdict\u00a0: ce motif n’est pas encore enregistré.";
      if (avis === "NON_CONFORME" && !motif.trim()) return "Écrivez le motif\u00a0: ce verdict n’est pas encore enregistré.";
      return "";
    }

    change(pause) {
      this.refuse = "";
      this.ancien = "";
      this.reprocher({});
      this.garder();
      this.partir(pause);
    }

    partir(pause, demande = false) {
      clearTimeout(this.minuterie);
      this.minuterie = 0;
      if (arrete || this.conflit || this.ancien) return;
      if (!this.differe) {
        if (demande) this.noter("Déjà enregistré.");
        return;
      }
      if (this.attend) {
        this.noter(this.attend);
        if (demande) this.reprocher(this.lu().avis ? {motif: [this.attend]} : {avis: [this.attend]});
        return;
      }
      if (this.refuse === JSON.stringify(this.lu())) return;
      if (this.envoi) return;
      this.minuterie = setTimeout(() => this.envoyer(), pause);
    }

    async envoyer() {
      this.minuterie = 0;
      this.envoi = true;
      const envoye = this.lu();
      const coupure = new AbortController();
      const limite = setTimeout(() => coupure.abort(), DELAI);
      this.noter("Enregistrement…");
      if (!this.perdus.some((un) => un.avis === envoye.avis && un.motif === envoye.motif)) this.perdus.push(envoye);
      this.garder();
      try {
        const reponse = await fetch(this.form.action, {
          method: "POST",
          // What leaves as one goes to the declaration arrives all the same.
          keepalive: true,
          body: new URLSearchParams(new FormData(this.form)),
          headers: {
            "X-CSRFToken": jeton(),
            Accept: "application/json",
            "HX-Request": "true",
            "HX-Current-URL": `${location.href.split("#")[0]}#critere-${this.numero}`,
          },
          redirect: "error",
          signal: coupure.signal,
        });
        await this.comprendre(reponse, envoye);
      } catch {
        this.echouer("Pas de réponse du portail");
      } finally {
        clearTimeout(limite);
        this.envoi = false;
      }
      if (this.differe && !this.minuterie) this.partir(PAUSE);
    }

    async comprendre(reponse, envoye) {
      if (reponse.ok) return this.recevoir(await reponse.json(), envoye);
      if (reponse.status === 401) {
        arrete = true;
        const adresse = reponse.headers.get("HX-Redirect") ?? location.href;
        this.noter("Pas encore enregistré.");
        return alerter("Votre session a expiré. Votre saisie est gardée sur cet appareil. ",
          lien("Se reconnecter et reprendre ici", adresse));
      }
      if (reponse.status >= 500 || reponse.status === 429) return this.echouer("Le portail ne répond pas");
      this.perdus = this.perdus.filter((un) => un !== envoye);
      const bilan = await reponse.json().catch(() => ({}));
      if (bilan.erreurs) {
        this.refuse = JSON.stringify(envoye);
        this.noter("Pas encore enregistré.");
        return this.reprocher(bilan.erreurs);
      }
      if (bilan.conflit) return this.demander(bilan.conflit, bilan.refus);
      arrete = true;
      this.noter("Pas enregistré.");
      return alerter(`${bilan.refus ?? "Vous ne pouvez plus examiner ce dossier."} Votre saisie est gardée sur cet appareil. `,
        lien("Recharger la page", location.pathname + location.search));
    }

    recevoir({verdict, heure, suite: html}, envoye) {
      this.retenir(verdict, envoye);
      this.form.querySelector(".gen-ancien")?.remove();
      this.garder();
      this.noter(`Enregistré à ${heure}.${verdict.ecart ? " Différent du pré-contrôle." : ""}`);
      peindre(this.numero, verdict);
      document.getElementById("suite-contenu").innerHTML = html;
      alerter("");
      dire(`Critère ${this.numero}\u00a0: ${verdict.mots.toLowerCase()}, enregistré à ${heure}.`);
    }

    retenir(verdict, connu) {
      this.stocke = {avis: connu.avis, motif: connu.motif};
      this.vue.value = verdict.version;
      this.perdus = [];
      this.essai = 0;
    }

    /** Whether this is what this page sent itself, and never heard of. */
    estParti({qui, avis, motif}) {
      return qui === suite.dataset.qui && this.perdus.some((un) => un.avis === avis && un.motif.trim() === motif.trim());
    }

    echouer(cause) {
      const secondes = ESSAIS[Math.min(this.essai, ESSAIS.length - 1)];
      this.essai += 1;
      this.garder();
      this.noter("Pas encore enregistré.");
      alerter(`${cause}\u00a0: le verdict du critère ${this.numero} n’est pas encore enregistré. Il est gardé sur cet appareil, `
        + "et le portail réessaie de lui-même.");
      this.minuterie = setTimeout(() => this.envoyer(), secondes * 1000);
    }

    noter(phrase) {
      this.ligne.textContent = phrase;
    }

    // --- Kept in this browser ---
    garder() {
      if ("genOubli" in document.documentElement.dataset) return;
      try {
        const {vue: {value: vue}, perdus} = this, depot = this.ancien || suite.dataset.depot;
        if (this.differe) localStorage.setItem(this.cle, JSON.stringify({...this.lu(), vue, perdus, depot}));
        else localStorage.removeItem(this.cle);
      } catch {
        // A browser that keeps nothing: the line below the verdict still tells whether the portal has it.
      }
    }

    /** Put back what an interrupted visit has left; tell whether there was something. */
    retrouver() {
      let garde = null;
      try {
        garde = JSON.parse(localStorage.getItem(this.cle));
      } catch {
        return false;
      }
      if (!garde || (garde.avis === this.stocke.avis && garde.motif.trim() === this.stocke.motif.trim())) {
        this.garder();
        return false;
      }
      this.ecrire(garde);
      if (garde.depot !== suite.dataset.depot) {
        this.ancien = garde.depot;
        this.rappeler();
        return true;
      }
      this.perdus = garde.perdus ?? [];
      // The verdict that was seen then: another one since is a conflict, and not to be written over.
      this.vue.value = garde.vue;
      this.partir(0);
      return true;
    }

    /** Say that what is put back was typed on another version of the dossier: it does not leave by itself. */
    rappeler() {
      const boite = document.createElement("div");
      boite.className = "gen-alerte gen-ancien";
      const texte = document.createElement("p");
      texte.textContent = "Cette saisie, gardée sur cet appareil, a été écrite sur la version précédente du dossier. Elle n’est pas "
        + "enregistrée\u00a0: relisez le dossier, puis enregistrez-la, corrigez-la ou effacez-la.";
      const bouton = document.createElement("button");
      bouton.type = "button";
      bouton.className = "button";
      bouton.append("Effacer cette saisie");
      const quoi = document.createElement("span");
      quoi.className = "visually-hidden";
      quoi.textContent = ` du critère ${this.numero}`;
      bouton.append(quoi);
      bouton.addEventListener("click", () => {
        this.ancien = "";
        this.ecrire(this.stocke);
        this.garder();
        boite.remove();
        this.noter("Saisie effacée.");
        this.article.querySelector("h3").focus();
      });
      boite.append(texte, bouton);
      this.form.querySelector("fieldset").before(boite);
      this.noter("Pas encore enregistré.");
    }

    // --- What is wrong, and who else gave a verdict ---
    reprocher(erreurs) {
      this.form.querySelectorAll(".gen-erreur").forEach((un) => un.remove());
      const groupe = this.form.querySelector("fieldset");
      this.motif.removeAttribute("aria-invalid");
      this.motif.removeAttribute("aria-describedby");
      for (const [champ, phrases] of Object.entries(erreurs)) {
        for (const phrase of phrases) {
          const p = document.createElement("p");
          p.className = "gen-erreur";
          p.setAttribute("role", "alert");
          p.textContent = phrase;
          if (champ === "motif") {
            p.id = `erreur-motif-${this.numero}`;
            this.motif.before(p);
            this.motif.setAttribute("aria-invalid", "true");
            this.motif.setAttribute("aria-describedby", p.id);
          } else {
            groupe.querySelector("legend").after(p);
          }
        }
      }
    }

    demander(autre, phrase) {
      if (this.estParti(autre)) {
        // The answer was lost, the verdict was not: what was typed since goes on from there.
        this.retenir(autre, autre);
        this.garder();
        return;
      }
      this.conflit = true;
      this.garder();
      this.noter("Pas enregistré.");
      this.form.querySelector(".gen-autre")?.remove();
      const boite = document.createElement("div");
      boite.className = "gen-alerte gen-autre";
      boite.tabIndex = -1;
      boite.setAttribute("role", "group");
      boite.setAttribute("aria-label", `Deux verdicts sur le critère ${this.numero}`);
      const texte = document.createElement("p");
      texte.textContent = `${auteur(autre)} enregistré, le ${autre.le}\u00a0: «\u00a0${autre.mots.toLowerCase()}\u00a0».`
        + `${autre.motif ? ` Motif\u00a0: ${autre.motif}` : ""}`;
      const boutons = document.createElement("p");
      boutons.className = "gen-choix";
      const bouton = (mots, geste) => {
        const un = document.createElement("button");
        un.type = "button";
        un.className = "button";
        un.textContent = mots;
        un.addEventListener("click", () => {
          boite.remove();
          this.conflit = false;
          this.vue.value = autre.version;
          this.stocke = {avis: autre.avis, motif: autre.motif};
          geste();
          alerter("");
          this.garder();
          (this.form.querySelector("input[name=avis]:checked") ?? this.form.querySelector("input[name=avis]")).focus();
          this.partir(0);
        });
        boutons.append(un);
      };
      bouton("Enregistrer le mien à sa place", () => {});
      bouton("Garder l’autre verdict", () => {
        this.ecrire(autre);
        this.noter(`${autre.mots}, ${autre.par}, ${autre.le}.`);
        peindre(this.numero, autre);
      });
      boite.append(texte, boutons);
      this.form.querySelector("fieldset").before(boite);
      alerter(phrase);
    }

    /** What somebody else gave while this page was open. */
    apprendre(autre) {
      if (this.conflit || this.envoi || autre.version <= Number(this.vue.value)) return;
      if (this.estParti(autre)) {
        this.retenir(autre, autre);
        this.garder();
        this.noter(`${autre.mots}, ${autre.par}, ${autre.le}.`);
        peindre(this.numero, autre);
        alerter("");
        this.partir(0);
        return;
      }
      if (this.differe) {
        const {avis, motif} = this.lu();
        if (avis !== autre.avis || motif.trim() !== autre.motif.trim()) {
          clearTimeout(this.minuterie);
          this.demander(autre, `${auteur(autre)} rendu un autre verdict sur le critère ${this.numero}. Choisissez.`);
          return;
        }
      }
      this.ecrire(autre);
      this.retenir(autre, autre);
      this.garder();
      this.noter(`${autre.mots}, ${autre.par}, ${autre.le}.`);
      peindre(this.numero, autre);
      dire(`${auteur(autre)} rendu un verdict sur le critère ${this.numero}\u00a0: ${autre.mots.toLowerCase()}.`);
    }
  }

  const peindre = (numero, {avis, mots}) => {
    const pastille = document.getElementById(`pastille-${numero}`);
    pastille.className = `gen-pastille gen-pastille--${avis.toLowerCase()}`;
    pastille.querySelector("[data-mots]").textContent = `, ${mots.toLowerCase()}`;
  };

  const criteres = formulaires.map((form) => new Critere(form));

  // --- What the others do ------------------------------------------------------------------------------
  const veiller = async () => {
    if (arrete || document.hidden) return;
    try {
      const reponse = await fetch(suite.dataset.avancement, {headers: {"HX-Request": "true", "X-Veille": "1"}, redirect: "error"});
      if (!reponse.ok) return;
      const {depot, etat: ou, verdicts, suite: html} = await reponse.json();
      if (ou !== "DEPOSEE" || String(depot) !== suite.dataset.depot) {
        arrete = true;
        alerter("Ce dossier a changé d’état ou de version pendant votre lecture\u00a0: vos verdicts ne sont plus enregistrés. "
          + "Ce que vous avez écrit est gardé sur cet appareil. ",
          lien("Recharger la page", location.pathname + location.search));
        return;
      }
      for (const critere of criteres) {
        if (verdicts[critere.numero]) critere.apprendre(verdicts[critere.numero]);
      }
      if (!criteres.some((un) => un.envoi)) {
        const contenu = document.getElementById("suite-contenu");
        if (!contenu.contains(document.activeElement)) contenu.innerHTML = html;
      }
    } catch {
      // The next look will tell.
    }
  };
  setInterval(veiller, VEILLE);
  document.addEventListener("visibilitychange", veiller);
  window.addEventListener("online", () => criteres.forEach((un) => un.partir(0)));

  // --- Keys -----------------------------------------------------------------------------------------------
  const boite = document.getElementById("raccourcis"), actifs = document.getElementById("raccourcis-actifs");
  const REGLAGE = "gen-raccourcis-instruction";
  let courant = -1;
  const reglage = () => {
    try {
      return localStorage.getItem(REGLAGE) !== "non";
    } catch {
      return true;
    }
  };
  actifs.checked = reglage();
  actifs.addEventListener("change", () => {
    try {
      localStorage.setItem(REGLAGE, actifs.checked ? "oui" : "non");
    } catch {
      // The choice holds for this page.
    }
    dire(actifs.checked ? "Raccourcis à une touche actifs." : "Raccourcis à une touche éteints.");
  });
  boite.hidden = false;
  document.getElementById("saisie-mode").textContent = "Vos verdicts et vos motifs s’enregistrent au fur et à mesure.";

  document.addEventListener("focusin", (evenement) => {
    const article = evenement.target.closest?.("article.gen-critere");
    const rang = article ? criteres.findIndex((un) => un.article === article) : -1;
    if (rang >= 0) courant = rang;
  });
  const rejoindre = (rang) => {
    if (rang < 0) return;
    if (rang >= criteres.length) {
      suite.focus();
      return;
    }
    courant = rang;
    const titre = criteres[rang].article.querySelector("h3");
    titre.focus({preventScroll: true});
    criteres[rang].article.scrollIntoView({block: "start"});
  };
  const choisir = (avis) => {
    const critere = criteres[courant];
    const radio = critere?.form.querySelector(`input[value=${avis}]`);
    if (!radio) return;
    radio.checked = true;
    critere.change(0);
    if (avis === "NON_CONFORME") critere.motif.focus();
    else radio.focus();
  };
  const GESTES = {
    s: () => rejoindre(courant + 1),
    p: () => rejoindre(courant - 1),
    c: () => choisir("CONFORME"),
    n: () => choisir("NON_CONFORME"),
    o: () => choisir("SANS_OBJET"),
    m: () => criteres[courant]?.motif.focus(),
    r: () => document.getElementById("recherche-texte")?.focus(),
  };
  const ecrit = (cible) => cible.matches("textarea, select, [contenteditable]")
    || (cible.matches("input") && !["radio", "checkbox", "button", "submit"].includes(cible.type));
  document.addEventListener("keydown", (evenement) => {
    if (evenement.ctrlKey || evenement.altKey || evenement.metaKey || evenement.defaultPrevented) return;
    if (ecrit(evenement.target)) {
      const critere = criteres.find((un) => un.motif === evenement.target);
      if (evenement.key === "Escape" && critere) critere.article.querySelector("h3").focus();
      else if (evenement.key === "Escape" && evenement.target.id === "recherche-texte") rejoindre(Math.max(courant, 0));
      return;
    }
    const geste = actifs.checked ? GESTES[evenement.key.toLowerCase()] : null;
    if (!geste) return;
    evenement.preventDefault();
    geste();
  });

  // The first page of an admin has no script of the portal: what this one keeps goes at the sign-out too.
  document.getElementById("logout-form")?.addEventListener("submit", () => {
    Object.keys(localStorage).filter((cle) => cle.startsWith("gen-saisie:")).forEach((cle) => localStorage.removeItem(cle));
    document.documentElement.dataset.genOubli = "";
  });

  if (criteres.map((un) => un.retrouver()).some(Boolean)) {
    dire("Une saisie gardée sur cet appareil est remise en place.");
  }
});
