"""An undefined variable in one of the portal's own templates fails the test that meets it.

Django shows nothing instead. Here each expression that Django compiles from ``templates/`` is a strict one:

- ``{{ }}``, ``{% for %}`` and the arguments of tags: every name and every attribute must be there;
- ``{% if %}`` and ``{% firstof %}``: the same, but a page may leave out the names of ``FACULTATIVES``;
- nothing is said of what follows ``None``: ``candidature.region.nom`` of a dossier without region is empty.

Templates of the libraries (Django's admin, allauth, django-dsfr) ask for undefined names on purpose and
stay as they are. ``{% if a and b %}`` swallows every error, so each finding is written down too: the
fixture ``variables_definies`` of ``conftest.py`` reads the list after the test.
"""

import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import base
from django.template.base import FilterExpression, Parser, Variable, VariableDoesNotExist

GABARITS = Path(settings.BASE_DIR) / "templates"

#: Names that a page may leave out, and a template may only ask for in ``{% if %}``.
FACULTATIVES = frozenset(
    (
        # base.html: pages without a breadcrumb, and without a thing to quote when asking for help.
        "fil",
        "reference_objet",
        # The admin: pages with one title only.
        "subtitle",
        # One's second factors, and the errors of a form in the admin: what is not there has no key.
        "authenticators.totp",
        "authenticators.webauthn",
        "authenticators.recovery_codes",
        "bloc.erreurs.avis",
        "bloc.erreurs.motif",
        # Documents: those without a number, and the convention before its signatures.
        "donnees.numero",
        "donnees.debut",
        # The reasons of an act on a label: what was not given has no key.
        "condition_levee.obtenue_le",
        "condition_levee.preuve",
        "retrait.preuve",
        # django-crispy-forms: a form with a layout of its own.
        "form.form_html",
        # django-allauth's own: a step that one can leave, ask for again, or come back from.
        "redirect_field",
        "cancel_url",
        "can_resend",
    )
)


class VariableIndefinie(Exception):
    """A template of the portal names what its context does not hold."""


#: What was met since the last test.
rencontrees: list[str] = []
_etat = threading.local()


class VariableStricte(Variable):
    """A variable that knows its template, and says so when it is not there."""

    gabarit: str

    def resolve(self, context: Any) -> Any:
        """Return the value; raise when the name, or an attribute, does not exist."""
        conditionnelle, _etat.conditionnelle = getattr(_etat, "conditionnelle", False), False
        try:
            return super().resolve(context)
        except VariableDoesNotExist as erreur:
            porteur = erreur.params[1] if len(erreur.params) > 1 else context
            vide = porteur is None or porteur == ""
            if vide or (conditionnelle and str(self.var) in FACULTATIVES):
                raise
            phrase = f"{self.gabarit} : « {self.var} » n’est pas défini"
            rencontrees.append(phrase)
            raise VariableIndefinie(phrase) from None


class ExpressionStricte(FilterExpression):
    """What Django compiles from ``{{ … }}`` or from the argument of a tag, in our templates."""

    def __init__(self, token: str, parser: Parser) -> None:
        super().__init__(token, parser)
        if isinstance(self.var, Variable) and self.var.lookups is not None:
            self.var = VariableStricte(self.var.var)
            self.var.gabarit = str(Path(parser.origin.name).relative_to(GABARITS))

    def resolve(self, context: Any, ignore_failures: bool = False) -> Any:
        """Tell the variable whether it stands in a condition."""
        _etat.conditionnelle = ignore_failures
        return super().resolve(context, ignore_failures)


def compile_filter(parser: Parser, token: str) -> FilterExpression:
    """Compile an expression: strict in our templates, Django's own elsewhere."""
    origine = getattr(parser.origin, "name", "")
    notre = Path(origine).is_relative_to(GABARITS)
    return (ExpressionStricte if notre else FilterExpression)(token, parser)


def install() -> None:
    """Make Django compile strict expressions from now on (before any template is compiled)."""
    base.Parser.compile_filter = compile_filter
