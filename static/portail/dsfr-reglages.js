/* Read by the State's design system when it starts: no messages in the console. */
window.dsfr = { production: true };
