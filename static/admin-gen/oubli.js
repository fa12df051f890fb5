/* A text has just been saved: this browser keeps it no longer, and the address no longer says so. */
"use strict";

{
  const {oublie} = document.currentScript.dataset;
  try {
    Object.keys(localStorage).filter((cle) => cle.startsWith(oublie)).forEach((cle) => localStorage.removeItem(cle));
  } catch {
    // A browser that keeps nothing has nothing to drop.
  }
  // Read again later, this address must not drop what is written meanwhile.
  const adresse = new URL(location.href);
  adresse.searchParams.delete("enregistre");
  history.replaceState(null, "", adresse);
}
