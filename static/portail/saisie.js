/* The section of a dossier saves itself while it is typed. Without this file, its buttons save it.

   Each control is compared with what is stored; what differs is sent, kept in the browser until the
   portal has it, and sent again when the network comes back. Nothing is written over somebody else's
   answer: the person chooses. */
"use strict";

(() => {
  const form = document.getElementById("formulaire");
  const barre = document.getElementById("saisie");
  if (!form || !form.dataset.saisie || !barre) return;

  const PAUSE = 800; // milliseconds without a key before what is typed leaves
  const DELAI = 20_000; // beyond, the network is held to be down
  const ESSAIS = [2, 5, 10, 30, 60]; // seconds before each new try
  const CLE = form.dataset.brouillon;
  const etat = document.getElementById("saisie-etat");
  const alerte = document.getElementById("saisie-alerte");
  const version = form.elements.namedItem("version");

  /** What is stored, by the control's name. */
  const stockees = JSON.parse(document.getElementById("saisie-stockees").textContent);
  /** What the portal has refused, by name: sent again only once changed. */
  const refusees = new Map();
  /** Names in conflict: sent again only once the person has chosen. */
  const conflits = new Set();
  /** What a control holds that the portal keeps in other words: « 356 000 000 » is « 356000000 ». */
  const pareilles = new Map();
  /** What was sent without an answer, by name: the portal may have it all the same. */
  const tentees = new Map();
  /** Rows that are about to be deleted: nothing of theirs is kept. */
  const retirees = new Set();
  let minuterie = 0, envoi = null, consultation = null, essai = 0, arretee = false, retour = "";

  // --- Controls ---------------------------------------------------------------------------------
  const noms = Object.keys(stockees).filter((nom) => form.elements.namedItem(nom));
  const controle = (nom) => {
    const trouve = form.elements.namedItem(nom);
    return trouve instanceof RadioNodeList ? [...trouve] : [trouve];
  };
  const lire = (nom) => {
    const [premier, ...autres] = controle(nom);
    if (premier.type === "radio") return [premier, ...autres].find((un) => un.checked)?.value ?? "";
    if (premier.type === "checkbox") return premier.checked ? "on" : "";
    return premier.value;
  };
  const ecrire = (nom, valeur) => {
    for (const un of controle(nom)) {
      if (un.type === "radio") un.checked = un.value === valeur;
      else if (un.type === "checkbox") un.checked = valeur !== "";
      else un.value = valeur;
    }
  };
  const ligneDe = (nom) => controle(nom)[0].closest("[data-ligne]");
  /** A name that stays the same when rows move: that of the question, after its row. */
  const stable = (nom) => {
    const ligne = ligneDe(nom);
    return ligne ? `${ligne.dataset.ligne}:${nom.replace(/^[a-z]+-\d+-/, "")}` : nom;
  };
  const question = (nom) => controle(nom)[0].closest(".gen-question");
  // A date that is only half typed has no value yet: it waits.
  const entamees = () => noms.filter((nom) => controle(nom)[0].validity.badInput && !retirees.has(ligneDe(nom)));
  // What was sent without an answer is sent again, even once taken back: the portal may have it.
  const differe = (nom) => tentees.has(nom) || (lire(nom) !== stockees[nom] && lire(nom) !== pareilles.get(nom));
  /** Note what is stored, which this page has not typed. */
  const retenir = (nom, valeur) => {
    stockees[nom] = valeur;
    pareilles.delete(nom);
    tentees.delete(nom);
  };
  const changees = () => noms.filter((nom) => differe(nom) && !controle(nom)[0].validity.badInput);
  const fichiers = [...form.querySelectorAll("input[type=file]")];
  const enAttente = () => changees().length || entamees().length || fichiers.some((un) => un.files.length);
  // While suggestions are looked for or shown, what is typed is a search and not yet an answer (recherche.js).
  const cherche = (nom) => "cherche" in controle(nom)[0].dataset;
  const aEnvoyer = () => changees().filter(
    (nom) => !conflits.has(nom) && refusees.get(nom) !== lire(nom) && !cherche(nom));

  // --- Kept in this browser -----------------------------------------------------------------------
  const garde = () => {
    try {
      return JSON.parse(localStorage.getItem(CLE)) ?? {};
    } catch {
      return {};
    }
  };
  /** Keep what the portal has not; forget what it has. Another window may keep its own. */
  const garder = () => {
    // Whoever has just signed out leaves nothing here.
    if ("genOubli" in document.documentElement.dataset) return;
    const reste = garde();
    for (const nom of noms) {
      if (controle(nom)[0].validity.badInput) continue;
      const valeur = lire(nom);
      if (!differe(nom) || retirees.has(ligneDe(nom))) delete reste[stable(nom)];
      else reste[stable(nom)] = {valeur, avant: stockees[nom]};
    }
    try {
      if (Object.keys(reste).length) localStorage.setItem(CLE, JSON.stringify(reste));
      else localStorage.removeItem(CLE);
    } catch {
      // A browser that keeps nothing: the bar still tells whether the portal has it.
    }
  };
  /** Put back what an interrupted visit has left; tell how many answers. */
  const retrouver = () => {
    const reste = garde();
    const nouvelle = form.querySelector("[data-nouvelle]");
    const orpheline = Object.keys(reste).map((cle) => cle.split(":")).find(
      ([ligne, champ]) => champ && !form.querySelector(`[data-ligne="${ligne}"]`));
    if (orpheline && nouvelle) {
      // A row that was being added: the blank one takes its place.
      const cache = nouvelle.querySelector("input[type=hidden][name$='-id']");
      cache.value = nouvelle.dataset.ligne = orpheline[0];
    } else if (orpheline && !new URLSearchParams(location.search).has("ligne")) {
      location.replace(`${location.pathname}?ligne=1${location.hash}`);
      return 0;
    }
    let retrouvees = 0;
    for (const nom of noms) {
      const laissee = reste[stable(nom)];
      if (!laissee || laissee.valeur === lire(nom)) continue;
      ecrire(nom, laissee.valeur);
      // Nothing of a row that was being added is stored, whatever it had shown before.
      if (!("nouvelle" in (ligneDe(nom)?.dataset ?? {}))) stockees[nom] = laissee.avant;
      retrouvees += 1;
    }
    return retrouvees;
  };

  // --- Saying ---------------------------------------------------------------------------------------
  const dire = (phrase) => {
    etat.textContent = phrase;
    alerte.replaceChildren();
    barre.classList.remove("gen-saisie--alerte");
  };
  const alerter = (phrase, ...suite) => {
    etat.textContent = "";
    if (alerte.dataset.phrase === phrase && alerte.childElementCount) return;
    alerte.dataset.phrase = phrase;
    const texte = document.createElement("p");
    texte.className = "fr-mb-0";
    texte.append(phrase, ...suite);
    alerte.replaceChildren(texte);
    barre.classList.add("gen-saisie--alerte");
  };
  const lien = (phrase, adresse) => {
    const a = document.createElement("a");
    a.href = adresse;
    a.textContent = phrase;
    return a;
  };
  /** What the State's design system draws as one question. */
  const groupe = (nom) => question(nom).querySelector(
    ".fr-input-group, .fr-select-group, .fr-checkbox-group, .fr-fieldset");
  const message = (nom) => {
    const place = question(nom);
    let boite = place.querySelector("[data-saisie-message]");
    if (!boite) {
      boite = document.createElement("div");
      boite.dataset.saisieMessage = "";
      boite.id = `saisie-message-${nom}`;
      (groupe(nom) ?? place).append(boite);
    }
    return boite;
  };
  const decrire = (nom, actif) => {
    const id = `saisie-message-${nom}`;
    for (const un of controle(nom)) {
      const decrits = (un.getAttribute("aria-describedby") ?? "").split(" ").filter((mot) => mot && mot !== id);
      if (actif) decrits.push(id);
      if (decrits.length) un.setAttribute("aria-describedby", decrits.join(" "));
      else un.removeAttribute("aria-describedby");
      if (actif) un.setAttribute("aria-invalid", "true");
      else un.removeAttribute("aria-invalid");
    }
  };
  const effacer = (nom) => {
    const place = question(nom);
    place.querySelector("[data-saisie-message]")?.remove();
    // What the portal had said when it showed the page is answered too.
    place.querySelector("[id$='-desc-error']")?.replaceChildren();
    for (const un of place.querySelectorAll("[class*='--error']")) {
      un.classList.remove(...[...un.classList].filter((classe) => classe.endsWith("--error")));
    }
    decrire(nom, false);
  };
  const reprocher = (nom, phrases) => {
    effacer(nom);
    const boite = message(nom);
    for (const phrase of phrases) {
      const p = document.createElement("p");
      p.className = "fr-error-text";
      p.textContent = phrase;
      boite.append(p);
    }
    groupe(nom)?.classList.add(`${groupe(nom).classList[0]}--error`);
    decrire(nom, true);
  };
  /** A row that somebody else has removed comes back whole: nothing of it is stored any more. */
  const remettre = (ligne) => {
    ligne.dataset.nouvelle = "";
    for (const nom of noms.filter((un) => ligneDe(un) === ligne)) {
      retenir(nom, "");
      conflits.delete(nom);
      effacer(nom);
    }
  };
  const demander = (nom, {par, le, texte, valeur, retiree}) => {
    effacer(nom);
    conflits.add(nom);
    const boite = message(nom);
    const qui = par || "Une autre personne", quand = le ? ` à ${le}` : "";
    const p = document.createElement("p");
    p.className = "fr-error-text";
    p.textContent = retiree
      ? `${qui} a retiré cette ligne du tableau${quand}. Votre texte n’est pas enregistré.`
      : `${qui} a enregistré une autre réponse${quand}\u00a0: «\u00a0${texte}\u00a0». La vôtre n’est pas enregistrée.`;
    const boutons = document.createElement("p");
    boutons.className = "gen-choix";
    const bouton = (mots, geste) => {
      const un = document.createElement("button");
      un.type = "button";
      un.className = "fr-btn fr-btn--sm fr-btn--secondary";
      un.textContent = mots;
      un.addEventListener("click", () => {
        conflits.delete(nom);
        effacer(nom);
        geste();
        controle(nom)[0].focus();
        garder();
        partir();
      });
      boutons.append(un);
    };
    bouton(retiree ? "Remettre la ligne" : "Garder ma réponse", () => {
      if (retiree) remettre(ligneDe(nom));
      else retenir(nom, valeur);
    });
    bouton(retiree ? "Abandonner mon texte" : "Prendre l’autre réponse", () => {
      retenir(nom, retiree ? stockees[nom] : valeur);
      ecrire(nom, stockees[nom]);
    });
    boite.append(p, boutons);
    decrire(nom, true);
    boite.scrollIntoView({block: "nearest"});
  };

  // --- Sending --------------------------------------------------------------------------------------
  const corps = (lot) => {
    const donnees = new URLSearchParams({version: version.value});
    const avant = {};
    for (const nom of lot) {
      avant[nom] = stockees[nom];
      const valeur = lire(nom);
      if (valeur !== "" || controle(nom)[0].type !== "checkbox") donnees.append(nom, valeur);
      const ligne = ligneDe(nom);
      if (ligne) {
        const cache = ligne.querySelector("input[type=hidden][name$='-id']");
        donnees.set(cache.name, cache.value);
        if ("nouvelle" in ligne.dataset) donnees.append("nouvelles", cache.value);
      }
    }
    donnees.set("avant", JSON.stringify(avant));
    const essayees = lot.filter((nom) => tentees.has(nom)).map((nom) => [nom, [...tentees.get(nom)]]);
    if (essayees.length) donnees.set("tentees", JSON.stringify(Object.fromEntries(essayees)));
    return donnees;
  };
  const jeton = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1]
    ?? form.elements.namedItem("csrfmiddlewaretoken").value;

  const envoyer = async (lot) => {
    const envoyees = new Map(lot.map((nom) => [nom, lire(nom)]));
    const coupure = new AbortController();
    const limite = setTimeout(() => coupure.abort(), DELAI);
    etat.textContent = "Enregistrement…";
    try {
      const reponse = await fetch(form.dataset.saisie, {
        method: "POST",
        body: corps(lot),
        headers: {
          "X-CSRFToken": jeton(),
          "HX-Request": "true",
          "HX-Current-URL": `${location.href.split("#")[0]}#${controle(lot.at(-1))[0].id}`,
        },
        redirect: "error",
        signal: coupure.signal,
      });
      await comprendre(reponse, envoyees);
    } catch {
      noterTentees(envoyees);
      echouer("Pas de réponse du portail");
    } finally {
      clearTimeout(limite);
    }
  };

  const noterTentees = (envoyees) => {
    for (const [nom, valeur] of envoyees) tentees.set(nom, (tentees.get(nom) ?? new Set()).add(valeur));
  };

  const comprendre = async (reponse, envoyees) => {
    if (reponse.ok) return recevoir(await reponse.json(), envoyees);
    if (reponse.status === 401) {
      arretee = true;
      const adresse = reponse.headers.get("HX-Redirect") ?? location.href;
      return alerter("Votre session a expiré. Votre texte est gardé sur cet appareil. ",
        lien("Se reconnecter et reprendre ici", adresse));
    }
    if (reponse.status >= 500 || reponse.status === 429) {
      noterTentees(envoyees);
      return echouer("Le portail ne répond pas");
    }
    arretee = true;
    const {refus} = await reponse.json().catch(() => ({}));
    alerter(`${refus ?? "Vous n’avez plus accès à cette section."} Votre texte est gardé sur cet appareil. `,
      lien("Recharger la page", location.pathname));
  };

  const echouer = (cause) => {
    const secondes = ESSAIS[Math.min(essai, ESSAIS.length - 1)];
    essai += 1;
    alerter(`${cause}\u00a0: votre texte n’est pas encore enregistré. Il est gardé sur cet appareil, `
      + "et le portail réessaie de lui-même. ");
    programmer(secondes * 1000);
  };

  const recevoir = (bilan, envoyees) => {
    essai = 0;
    for (const [nom, valeur] of Object.entries(bilan.enregistrees)) {
      stockees[nom] = valeur;
      pareilles.set(nom, envoyees.get(nom));
      tentees.delete(nom);
      refusees.delete(nom);
      delete ligneDe(nom)?.dataset.nouvelle;
      effacer(nom);
    }
    for (const [nom, phrases] of Object.entries(bilan.erreurs)) {
      tentees.delete(nom);
      refusees.set(nom, envoyees.get(nom));
      reprocher(nom, phrases);
    }
    for (const [nom, conflit] of Object.entries(bilan.conflits)) demander(nom, conflit);
    // A table that others have changed is not the one that this page would send whole: its version stays
    // the old one, so that a button brings the comparison instead of undoing what they did.
    if (!bilan.autres || suivre(bilan.autres)) version.value = bilan.version;
    const calculs = document.getElementById("calculs");
    if (calculs) calculs.innerHTML = bilan.calculs;
    if (bilan.propositions) demanderPropositions();
    raconter(bilan);
  };

  /** Ask what the public lists say, now that the answer they read is saved; the last to ask is answered. */
  const demanderPropositions = async () => {
    consultation?.abort();
    const essai = consultation = new AbortController();
    const limite = setTimeout(() => essai.abort(), DELAI);
    let propositions = null;
    try {
      const reponse = await fetch(form.dataset.propositions, {
        headers: {"HX-Request": "true"}, redirect: "error", signal: essai.signal});
      if (reponse.ok) ({propositions} = await reponse.json());
    } catch {
      // Overtaken by another answer, or no network: handled below, as a portal that does not answer.
    } finally {
      clearTimeout(limite);
    }
    if (essai !== consultation) return;
    // Without an answer, what was said of the former identifier must not stand beside the new one.
    propositions ??= Object.fromEntries(proposables().map((place) => [place.id.replace("proposition-", ""), ""]));
    for (const [champ, html] of Object.entries(propositions)) proposer(champ, html);
  };
  const proposables = () => [...form.querySelectorAll("[id^='proposition-']")];

  /** Show what the public lists say beside an identifier; what has not changed is not read out again. */
  const proposer = (champ, html) => {
    const place = document.getElementById(`proposition-${champ}`);
    const neuve = document.createElement("div");
    neuve.innerHTML = html;
    if (place && place.innerHTML !== neuve.innerHTML) place.replaceChildren(...neuve.childNodes);
  };

  /** Bring in what others have saved meanwhile, where nobody types here; tell whether it is all there. */
  const suivre = ({par, valeurs, lignes}) => {
    const changes = [];
    let toutes = true;
    for (const nom of noms) {
      const valeur = valeurs[stable(nom)];
      if (valeur === undefined || valeur === stockees[nom] || conflits.has(nom) || differe(nom)) continue;
      if (controle(nom).includes(document.activeElement)) {
        // Not under the cursor: the next reply brings it, and until then this page is not up to date.
        toutes = false;
        continue;
      }
      retenir(nom, valeur);
      ecrire(nom, valeur);
      changes.push(nom);
      const note = message(nom);
      note.className = "fr-info-text";
      note.textContent = `${par || "Une autre personne"} vient de modifier cette réponse.`;
    }
    const ici = [...form.querySelectorAll("[data-ligne]:not([data-nouvelle])")].map((un) => un.dataset.ligne);
    const table = !lignes || ici.join() === lignes.filter(
      (pk) => !form.querySelector(`[data-nouvelle][data-ligne="${pk}"]`)).join();
    if (changes.length) montrer();
    if (!table) {
      alerter(`${par || "Une autre personne"} a modifié le tableau. `,
        lien("Recharger la page pour le voir", location.pathname));
    }
    return table && toutes;
  };

  const raconter = ({heure, manques}) => {
    garder();
    const fautives = refusees.size + conflits.size;
    if (fautives) {
      const [premiere] = [...conflits, ...refusees.keys()];
      alerter(fautives > 1 ? `${fautives} réponses ne sont pas enregistrées. ` : "Une réponse n’est pas enregistrée. ",
        lien(fautives > 1 ? "Voir la première" : "La voir", `#${controle(premiere)[0].id}`));
    } else if (!alerte.querySelector("a:not([href^='#'])")) {
      const reste = manques > 1 ? `Il manque ${manques} éléments dans cette section.`
        : manques ? "Il manque un élément dans cette section." : "Rien ne manque dans cette section.";
      dire(`${retour}Enregistré à ${heure}. ${reste}`);
      retour = "";
    }
  };

  /** Send what waits, one sending at a time; resolves once nothing more can be sent. */
  const partir = async () => {
    clearTimeout(minuterie);
    if (envoi) {
      await envoi;
      return partir();
    }
    const lot = arretee ? [] : aEnvoyer();
    if (!lot.length) {
      // What waited for the network was taken back by hand: nothing waits any more.
      if (essai && !arretee && !enAttente() && !refusees.size && !conflits.size) {
        dire("Rien n’attend d’être enregistré.");
      }
      essai = 0;
      return;
    }
    envoi = envoyer(lot);
    await envoi;
    envoi = null;
    if (!essai) await partir();
  };
  const programmer = (pause) => {
    clearTimeout(minuterie);
    minuterie = setTimeout(partir, pause);
  };

  // --- Conditional questions, and the length of texts -------------------------------------------------
  const montrer = () => {
    for (const place of form.querySelectorAll("[data-si]")) {
      const ligne = place.closest("[data-ligne]");
      const prefixe = ligne ? ligne.querySelector("input[type=hidden][name$='-id']").name.slice(0, -2) : "";
      const posee = JSON.parse(place.dataset.si).some(([champ, valeurs]) => {
        const nom = prefixe + champ;
        return !form.elements.namedItem(nom) || valeurs.includes(lire(nom));
      });
      // An answer that is refused stays in sight, whatever the others say.
      place.hidden = !posee && !place.querySelector(".fr-error-text, .errorlist, [class*='--error']");
      // A date left half typed in a question that is no longer asked is nobody's answer.
      for (const nom of place.hidden ? noms.filter((un) => question(un) === place) : []) {
        if (controle(nom)[0].validity.badInput) ecrire(nom, stockees[nom]);
      }
    }
  };
  const compter = (zone) => {
    const limite = Number(zone.dataset.limite), longueur = [...zone.value].length;
    let compte = zone.parentElement.querySelector("[data-compte]");
    if (!compte) {
      compte = document.createElement("p");
      compte.dataset.compte = "";
      compte.className = "fr-hint-text fr-mb-0";
      zone.after(compte);
    }
    const nombre = (n) => n.toLocaleString("fr-FR");
    compte.textContent = longueur < limite * 0.8 ? "" : longueur > limite
      ? `${nombre(longueur)} caractères\u00a0: ${nombre(longueur - limite)} de trop.`
      : `${nombre(longueur)} caractères sur ${nombre(limite)}.`;
  };

  // --- Events ------------------------------------------------------------------------------------------
  const noter = ({target}) => {
    if (target.dataset?.limite) compter(target);
    if (!noms.includes(target.name)) return;
    delete document.documentElement.dataset.genOubli;
    montrer();
    garder();
    if (!essai) programmer(PAUSE);
  };
  form.addEventListener("input", noter);
  form.addEventListener("change", noter);
  form.addEventListener("focusout", ({target}) => {
    const {name} = target;
    if (noms.includes(name) && lire(name) === pareilles.get(name) && !target.validity.badInput) {
      ecrire(name, stockees[name]);
    }
    if (!essai && aEnvoyer().length) programmer(0);
  });
  form.saisieFinie = partir;
  form.addEventListener("gen-piece", ({detail}) => { if (!essai && !arretee) raconter(detail); });
  addEventListener("online", () => { essai = 0; partir(); });
  addEventListener("pagehide", garder);
  addEventListener("beforeunload", (evenement) => { if (!parti && enAttente()) evenement.preventDefault(); });

  /** Ask before a row goes with what it holds. */
  const confirmer = (bouton) => {
    const ligne = bouton.closest("[data-ligne]");
    const remplie = noms.some((nom) => ligneDe(nom) === ligne && lire(nom) !== "");
    return !remplie || confirm(`${bouton.textContent}\u00a0? Ce que cette ligne contient sera perdu.`);
  };

  // A button sends the whole section: what is on its way arrives first, so that it is not its own conflict.
  let parti = false;
  form.addEventListener("submit", async (evenement) => {
    if (parti) return;
    evenement.preventDefault();
    const bouton = evenement.submitter;
    if (bouton?.value.startsWith("supprimer:")) {
      if (!confirmer(bouton)) return;
      retirees.add(bouton.closest("[data-ligne]"));
    }
    await partir();
    // A file on its way arrives first; one that does not says so beside its field.
    const joints = await (form.envoisFinis?.() ?? true);
    garder();
    const [entamee] = entamees();
    if (!joints) form.querySelector(".fr-upload-group--error")?.scrollIntoView({block: "center"});
    else if (entamee) {
      controle(entamee)[0].focus();
      alerter("Une date est à moitié écrite\u00a0: complétez-la ou effacez-la.");
    } else if (arretee || essai) alerte.scrollIntoView({block: "nearest"});
    else if (conflits.size) question([...conflits][0]).scrollIntoView({block: "center"});
    else parti = true;
    if (!parti) {
      retirees.clear();
      return garder();
    }
    // Not within the event itself: a form that is being sent can't be sent.
    setTimeout(() => form.requestSubmit(bouton));
  });
  // Coming back by the browser's button finds the page as it was left: it may send again.
  addEventListener("pageshow", ({persisted}) => { if (persisted) location.reload(); });

  for (const zone of form.querySelectorAll("[data-limite]")) compter(zone);
  document.getElementById("saisie-retour").textContent = "Revenir au dossier";
  if (!noms.length) etat.textContent = "Une pièce est envoyée dès que vous la choisissez.";
  else if (fichiers.length) etat.textContent += " Une pièce est envoyée dès que vous la choisissez.";
  const retrouvees = retrouver();
  montrer();
  barre.hidden = false;
  if (changees().length) {
    if (retrouvees) {
      retour = retrouvees > 1 ? `${retrouvees} réponses gardées sur cet appareil sont remises en place. `
        : "Une réponse gardée sur cet appareil est remise en place. ";
      dire(retour);
    }
    programmer(0);
  }
})();
