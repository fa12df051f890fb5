/* A passkey that does not answer says so on the page, not in the console alone. */
"use strict";

document.addEventListener("allauth.error", (evenement) => {
  evenement.preventDefault();
  const message = document.querySelector("[data-cle-erreur]");
  if (message) {
    message.hidden = false;
  }
});
