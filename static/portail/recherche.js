/* Search by typing: what is typed in an identifier's field opens a list to choose from.

   A combobox with list autocomplete, as the ARIA Authoring Practices describe it: the text stays free,
   the list only helps. Without this file, or without the network, the field works as it is. What is
   chosen is announced to saisie.js by the events of a person who types. */
"use strict";

(() => {
  const form = document.getElementById("formulaire");
  if (!form) return;

  const PAUSE = 200; // milliseconds without a key before the portal is asked
  const DELAI = 5000; // beyond, one types without help
  const LETTRES = 2; // fewer would find anything
  const liste = document.createElement("ul");
  Object.assign(liste, {id: "suggestions", className: "gen-suggestions", hidden: true});
  liste.setAttribute("role", "listbox");
  const annonce = document.createElement("p");
  annonce.className = "fr-sr-only";
  annonce.setAttribute("role", "status");
  form.append(liste, annonce);

  /** Answers of the portal, by address: going back a letter asks nothing. */
  const recues = new Map();
  /** The drop-down list that a field of search chooses in. */
  const cibles = new WeakMap();
  /** The field that is being typed in, what is proposed for it, and which proposal is highlighted. */
  let champ = null, propositions = [], active = -1;
  let minuterie = 0, coupure = null, muet = false;

  // --- Fields ---------------------------------------------------------------------------------------
  const question = (un) => un.getAttribute("aria-label") ?? un.labels[0]?.firstChild?.textContent.trim() ?? "";
  /** Make a combobox of a field; of a drop-down list, add the field that searches in it. */
  const equiper = (un) => {
    if (un.tagName === "SELECT") return accompagner(un);
    if (un.getAttribute("role") === "combobox") return;
    un.setAttribute("role", "combobox");
    un.setAttribute("aria-autocomplete", "list");
    un.setAttribute("aria-expanded", "false");
    un.setAttribute("autocomplete", "off");
    // The browser's own list would open over this one.
    un.removeAttribute("list");
    if (un.dataset.rechercheAide && un.labels[0]) {
      const aide = document.createElement("span");
      aide.className = "fr-hint-text";
      aide.textContent = un.dataset.rechercheAide;
      un.labels[0].append(aide);
    }
  };
  const accompagner = (select) => {
    if ("equipe" in select.dataset) return;
    select.dataset.equipe = "";
    const loupe = document.createElement("input");
    loupe.className = "fr-input";
    loupe.dataset.recherche = select.dataset.recherche;
    loupe.placeholder = "Ou cherchez dans la liste";
    loupe.setAttribute("aria-label", `Chercher dans la liste\u00a0: ${question(select)}`);
    const place = document.createElement("div");
    place.className = "gen-loupe";
    place.append(loupe);
    // After it: the label stands above the drop-down list that it names.
    select.after(place);
    cibles.set(loupe, select);
    equiper(loupe);
  };
  for (const un of form.querySelectorAll("[data-recherche]")) equiper(un);

  // --- The list -------------------------------------------------------------------------------------
  const ouverte = () => !liste.hidden;
  const fermer = () => {
    clearTimeout(minuterie);
    coupure?.abort();
    liste.hidden = true;
    active = -1;
    if (!champ) return;
    delete champ.dataset.cherche;
    champ.setAttribute("aria-expanded", "false");
    champ.removeAttribute("aria-controls");
    champ.removeAttribute("aria-activedescendant");
  };
  /** End a search without a choice: saisie.js takes what is typed as it is. */
  const relacher = (phrase = "") => {
    fermer();
    annonce.textContent = phrase;
    champ.dispatchEvent(new Event("change", {bubbles: true}));
  };
  const ligne = ({texte, detail}, rang) => {
    const option = document.createElement("li");
    option.id = `suggestion-${rang}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.textContent = texte;
    if (detail) {
      const suite = document.createElement("span");
      suite.className = "fr-hint-text";
      suite.textContent = detail;
      // The comma is for those who hear the line.
      suite.prepend(Object.assign(document.createElement("span"), {className: "fr-sr-only", textContent: ", "}));
      option.append(suite);
    }
    return option;
  };
  const montrer = (trouvees) => {
    propositions = trouvees;
    active = -1;
    liste.replaceChildren(...trouvees.map(ligne));
    liste.setAttribute("aria-label", `Propositions\u00a0: ${question(champ)}`);
    champ.parentElement.classList.add("gen-recherche");
    champ.after(liste);
    const fermee = liste.hidden;
    liste.hidden = false;
    liste.scrollTop = 0;
    if (fermee) liste.scrollIntoView({block: "nearest"});
    champ.setAttribute("aria-expanded", "true");
    champ.setAttribute("aria-controls", liste.id);
    champ.removeAttribute("aria-activedescendant");
    annonce.textContent = trouvees.length > 1
      ? `${trouvees.length} propositions. Flèche bas pour en choisir une.`
      : "Une proposition. Flèche bas pour la choisir.";
  };
  const surligner = (rang) => {
    const options = [...liste.children];
    active = (rang + options.length) % options.length;
    options.forEach((option, numero) => option.setAttribute("aria-selected", String(numero === active)));
    champ.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({block: "nearest"});
  };
  /** Write in a field as a person would. */
  const taper = (un, valeur, evenement) => {
    muet = true;
    un.value = valeur;
    un.dispatchEvent(new Event(evenement, {bubbles: true}));
    muet = false;
  };
  const choisir = (rang) => {
    const {valeur, texte, remplir} = propositions[rang];
    const cible = cibles.get(champ);
    fermer();
    if (cible) {
      champ.value = "";
      taper(cible, valeur, "change");
    } else taper(champ, valeur, "input");
    const remplis = remplir ? completer(remplir).length : 0;
    annonce.textContent = `Choisi\u00a0: ${texte}.${remplis ? ` ${phrase(remplis)}` : ""}`;
  };
  /** Write in the fields that are still empty, by name; return them. */
  const completer = (valeurs) => {
    const vides = Object.entries(valeurs)
      .map(([nom, valeur]) => [form.elements.namedItem(nom), valeur])
      .filter(([un]) => un && un.value === "");
    for (const [un, valeur] of vides) taper(un, valeur, "input");
    return vides.map(([un]) => un);
  };
  const phrase = (remplies) => (remplies > 1 ? `${remplies} réponses remplies\u00a0: vérifiez-les.`
    : remplies ? "Une réponse remplie\u00a0: vérifiez-la." : "Il n’y a plus rien à remplir.");

  // --- Asking the portal ------------------------------------------------------------------------------
  const demander = async (adresse) => {
    if (recues.has(adresse)) return recues.get(adresse);
    const essai = coupure = new AbortController();
    const limite = setTimeout(() => essai.abort(), DELAI);
    try {
      const reponse = await fetch(adresse, {
        headers: {"HX-Request": "true"},
        redirect: "error",
        signal: essai.signal,
      });
      if (!reponse.ok) return null;
      const {suggestions} = await reponse.json();
      recues.set(adresse, suggestions);
      return suggestions;
    } catch {
      // Overtaken by the next letter, or no network: one types without help.
      return null;
    } finally {
      clearTimeout(limite);
    }
  };
  const chercher = async () => {
    const pour = champ, texte = champ.value.trim();
    coupure?.abort();
    if (texte.length < Number(pour.dataset.rechercheDes ?? LETTRES)) return relacher();
    champ.dataset.cherche = "";
    const trouvees = await demander(`${pour.dataset.recherche}?q=${encodeURIComponent(texte)}`);
    // What was typed meanwhile has its own search.
    if (champ !== pour || pour.value.trim() !== texte) return;
    // The only proposal is what is already there: nothing to choose.
    const deja = trouvees?.length === 1 && trouvees[0].valeur === texte && !trouvees[0].remplir;
    if (trouvees?.length && !deja && document.activeElement === pour) return montrer(trouvees);
    relacher(trouvees && !deja ? "Aucune proposition." : "");
  };

  // --- Events -------------------------------------------------------------------------------------------
  const cherchable = (un) => un instanceof HTMLInputElement && "recherche" in un.dataset;

  form.addEventListener("focusin", ({target}) => {
    if (!cherchable(target)) return;
    equiper(target);
    champ = target;
    // Where a list can be read before anything is typed, a finger has no other key to open it.
    if (target.dataset.rechercheDes === "0" && target.value === "") chercher();
  });
  form.addEventListener("input", ({target}) => {
    if (muet || !cherchable(target)) return;
    champ = target;
    champ.dataset.cherche = "";
    clearTimeout(minuterie);
    minuterie = setTimeout(chercher, PAUSE);
  });
  // Before saisie.js hears that the field is left: what is typed is then an answer.
  form.addEventListener("focusout", ({target}) => {
    if (target !== champ) return;
    fermer();
    if (cibles.has(champ)) champ.value = "";
  }, true);

  const TOUCHES = {
    ArrowDown: () => (ouverte() ? surligner(active + 1) : void chercher()),
    ArrowUp: () => (ouverte() ? surligner(active < 0 ? -1 : active - 1) : void chercher()),
    Enter: () => choisir(active),
    Escape: () => relacher(),
  };
  form.addEventListener("keydown", (evenement) => {
    const {key, target} = evenement;
    if (target !== champ || !(key in TOUCHES) || evenement.isComposing) return;
    if (key === "Enter" && (!ouverte() || active < 0)) {
      // Nothing is highlighted: the key does what it does in any field, except in one that is no answer.
      if (cibles.has(champ)) evenement.preventDefault();
      return fermer();
    }
    if (key === "Escape" && !ouverte()) return;
    evenement.preventDefault();
    TOUCHES[key]();
  });
  // The field keeps the focus while one points at its list.
  liste.addEventListener("mousedown", (evenement) => evenement.preventDefault());
  liste.addEventListener("click", ({target}) => {
    const option = target.closest("[role=option]");
    if (option) choisir([...liste.children].indexOf(option));
  });

  // What a public list proposes goes into the fields that are still empty, and is saved as if typed.
  form.addEventListener("click", (evenement) => {
    const bouton = evenement.target.closest("[data-remplir]");
    if (!bouton) return;
    evenement.preventDefault();
    const remplis = completer(JSON.parse(bouton.dataset.remplir));
    remplis[0]?.focus();
    annonce.textContent = phrase(remplis.length);
  });
})();
