/* A message that is being written: counted, and kept in this browser until the portal has it, so that a
   session that ends or a network that fails loses nothing. Comfort only: the page works without this file. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const zone = document.querySelector("textarea[data-garde]");
  if (!zone) return;
  // The sign-out drops whatever begins so (portail.js).
  const cle = zone.dataset.garde;
  const limite = Number(zone.dataset.limite);
  const nombre = (n) => n.toLocaleString("fr-FR");

  const place = document.createElement("p");
  place.className = "fr-hint-text fr-mb-0 gen-discret";
  place.setAttribute("role", "status");
  zone.after(place);
  const compter = () => {
    const longueur = [...zone.value].length;
    place.textContent = longueur < limite * 0.8 ? "" : longueur > limite
      ? `${nombre(longueur)} caractères\u00a0: ${nombre(longueur - limite)} de trop.`
      : `${nombre(longueur)} caractères sur ${nombre(limite)}.`;
  };

  const garde = localStorage.getItem(cle);
  if ("envoye" in zone.dataset) {
    localStorage.removeItem(cle);
    // Read again later, this address must not drop what is written meanwhile.
    const adresse = new URL(location.href);
    adresse.searchParams.delete("envoye");
    history.replaceState(null, "", adresse);
  } else if (garde && (!zone.value || "reprend" in zone.dataset)) {
    zone.value = garde;
  }
  compter();
  if (garde && zone.value === garde && !place.textContent) {
    place.textContent = "Votre texte, gardé sur cet appareil, est remis en place. Il n’est pas envoyé.";
  }

  zone.addEventListener("input", () => {
    if (zone.value) localStorage.setItem(cle, zone.value);
    else localStorage.removeItem(cle);
    compter();
  });
});
