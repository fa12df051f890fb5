"""A request for compléments, from the instructor's side: asked element by element, checked, then sent (R16).

Three steps at one address: the form, what will happen with the e-mail as it will leave, the sending. Nothing
is kept between them but what the page holds.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from candidatures import cycle
from candidatures.domain.changements import request_answered_by, unanswered
from candidatures.domain.complements import (
    RESERVE_A_L_INSTRUCTION,
    DemandePerimee,
    check_request,
    check_requestable,
    closable_from,
    default_day,
    request_complements,
)
from candidatures.domain.completude import not_asked
from candidatures.domain.instantane import current, fields_of, rows_of
from candidatures.domain.lecture import VIDE, human, label_of_element, place_of_element
from candidatures.domain.queries import demande_ouverte, responsables
from candidatures.domain.silence import rejection_day
from candidatures.echeances import reminders_of_request
from candidatures.emails import preview_complements_requested
from candidatures.models import Candidature, DemandeComplements, Depot
from candidatures.sections import PAR_CODE, SECTIONS, Section
from comptes.domain.acces import require
from labellisation.admin.acces import (
    CONFLIT,
    REFUSE,
    dossier_address,
    dossier_juge,
    draft_key,
    page,
    saved,
    says_refusals,
)
from labellisation.admin.lecture import Lecture
from labellisation.domain.prevalidations import CRITERES
from labellisation.domain.propositions_complements import PropositionComplement, proposals
from labellisation.domain.recevabilite import (
    Examen,
    criteria_reading,
    current_deposit,
    examination,
)
from labellisation.forms.complements import (
    CONSIGNE_MAX,
    MESSAGE_MAX,
    DemandeComplementsForm,
    expected_name,
    identifier,
)
from socle import horloge
from socle.erreurs import DonneesInvalides
from socle.typographie import date_longue

#: Letters of a present answer that the form shows: the whole is in the dossier.
REPONSE_MAX = 140
#: What the buttons of the two pages send.
ETAPE, VERIFIER, CORRIGER, ENVOYER = "etape", "verifier", "corriger", "envoyer"


@dataclass
class ElementMontre:
    """One element of the form: what it is, what stands there, what is proposed, what was typed."""

    cle: str
    #: What it is, and the same with its section.
    label: str
    lieu: str
    reponse: str
    sans_objet: bool
    propositions: list[PropositionComplement]
    coche: bool
    consigne: str
    erreurs: list[str] = field(default_factory=list)

    @property
    def ancre(self) -> str:
        """The key, as an ``id``."""
        return identifier(self.cle)


@dataclass
class SectionMontree:
    """A section of the form."""

    section: Section
    elements: list[ElementMontre]
    #: Whether the link that led here is about a criterion that reads it.
    visee: bool = False

    @property
    def ouverte(self) -> bool:
        """Whether there is something in it to look at."""
        return self.visee or any(un.propositions or un.coche or un.erreurs for un in self.elements)

    @property
    def coches(self) -> int:
        """How many of its elements are asked."""
        return sum(un.coche for un in self.elements)

    @property
    def proposes(self) -> int:
        """How many of its elements are proposed."""
        return sum(bool(un.propositions) for un in self.elements)


@dataclass(frozen=True)
class Preparation:
    """What a request is prepared on: the deposit that is read, and what it could ask."""

    candidature: Candidature
    depot: Depot
    examen: Examen
    propositions: dict[str, list[PropositionComplement]]
    #: The criterion that the link names, 0 without one.
    critere: int

    @property
    def words(self) -> dict[str, str]:
        """The words proposed for each element, those on the criterion of the link first."""
        return {
            cle: next(
                (une.consigne for une in sorted(liste, key=self._rank) if une.consigne),
                "",
            )
            for cle, liste in self.propositions.items()
        }

    def _rank(self, proposition: PropositionComplement) -> bool:
        return proposition.critere != self.critere

    @property
    def ticked(self) -> list[str]:
        """What the link asks for: what the pre-check of its criterion says does not hold."""
        return [
            cle
            for cle, liste in self.propositions.items()
            if any(une.critere == self.critere and une.precise for une in liste)
        ]


@never_cache
@require_http_methods(["GET", "POST"])
@says_refusals
def demander(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Prepare a request for compléments, check it, send it."""
    candidature = dossier_juge(request, pk)
    require(request.user, "candidatures.instruct_candidature", candidature, RESERVE_A_L_INSTRUCTION)
    if request.method != "POST":
        check_requestable(candidature)
        return _form_page(request, *_blank(request, candidature))
    preparation, form = _typed(request, candidature)
    if request.POST.get(ETAPE) == CORRIGER:
        return _form_page(request, preparation, form)
    try:
        if not _is_whole(form):
            return _form_page(request, preparation, form, status=REFUSE)
        if request.POST.get(ETAPE) == ENVOYER:
            return _send(request, preparation, form)
        check_requestable(candidature, form.cleaned_data["version"])
    except DemandePerimee as refus:
        return _form_page(request, preparation, form, status=CONFLIT, refus=str(refus))
    return _confirmation(request, preparation, form)


def _blank(request: HttpRequest, candidature: Candidature) -> tuple[Preparation, DemandeComplementsForm]:
    preparation = _prepare(request, candidature)
    initial: dict[str, Any] = {
        "element": preparation.ticked,
        "reponse_avant": default_day().isoformat(),
        "message": "",
        **{expected_name(cle): mots for cle, mots in preparation.words.items()},
    }
    return preparation, DemandeComplementsForm(initial=initial, propositions=preparation.words)


def _typed(request: HttpRequest, candidature: Candidature) -> tuple[Preparation, DemandeComplementsForm]:
    preparation = _prepare(request, candidature)
    return preparation, DemandeComplementsForm(request.POST, propositions=preparation.words)


def _prepare(request: HttpRequest, candidature: Candidature) -> Preparation:
    depot, critere = current_deposit(candidature), request.GET.get("critere", "")
    lecteur: Any = request.user
    examen = examination(candidature=candidature, depot=depot, lecteur=lecteur)
    trouvees = proposals(examen, depot)
    numeros = {str(numero): numero for numero in CRITERES}
    return Preparation(
        candidature,
        depot,
        examen,
        {f"{code}.{champ}": liste for (code, champ), liste in trouvees.items()},
        numeros.get(critere, 0),
    )


def _is_whole(form: DemandeComplementsForm) -> bool:
    """Clean what was typed, and have the verb's own rules say what they refuse beside its field."""
    if not form.is_valid():
        return False
    try:
        check_request(form.asked(), form.cleaned_data["reponse_avant"])
    except DonneesInvalides as erreur:
        for champ, phrases in erreur.erreurs.items():
            form.add_error("reponse_avant" if champ == "reponse_avant" else "element", phrases)
        return False
    return True


def _send(request: HttpRequest, preparation: Preparation, form: DemandeComplementsForm) -> HttpResponse:
    candidature = preparation.candidature
    demande = request_complements(
        candidature=candidature,
        acteur=request.user,
        elements=form.asked(),
        reponse_avant=form.cleaned_data["reponse_avant"],
        message=form.cleaned_data["message"],
        version=form.cleaned_data["version"],
    )
    messages.success(
        request,
        "La demande de compléments est envoyée. Réponse attendue jusqu’au "
        f"{date_longue(demande.reponse_avant)} inclus.",
    )
    return saved(dossier_address(request, candidature.pk), "complements")


# --- The form ------------------------------------------------------------------------------------
def _form_page(
    request: HttpRequest,
    preparation: Preparation,
    form: DemandeComplementsForm,
    *,
    status: int = 200,
    refus: str = "",
) -> HttpResponse:
    candidature = preparation.candidature
    montrees = _sections(preparation, form, erreurs=status == REFUSE)
    erreurs = form.errors if status == REFUSE else {}
    return page(
        request,
        "complements",
        "Demander des compléments",
        status=status,
        candidature=candidature,
        depot=preparation.depot,
        critere=next(
            (
                ligne.critere
                for ligne in preparation.examen.lignes
                if ligne.critere.numero == preparation.critere
            ),
            None,
        ),
        precoches=[un for montree in montrees for un in montree.elements if un.cle in preparation.ticked],
        sections=montrees,
        # What was typed is shown, and cannot be sent.
        possible=candidature.etat == cycle.DEPOSEE,
        rendu=form.is_bound,
        refus=refus,
        erreurs=_summary(form, montrees, refus) if status in (REFUSE, CONFLIT) else [],
        erreurs_date=erreurs.get("reponse_avant", []),
        erreurs_message=erreurs.get("message", []),
        erreurs_elements=[*erreurs.get("element", []), *erreurs.get("version", [])],
        reponse_avant=_value(form, "reponse_avant"),
        date_proposee=default_day(),
        demain=(horloge.today() + timedelta(days=1)).isoformat(),
        message=_value(form, "message"),
        consigne_max=CONSIGNE_MAX,
        message_max=MESSAGE_MAX,
        brouillon=draft_key(request, candidature, "complements"),
    )


def _value(form: DemandeComplementsForm, nom: str) -> str:
    return str(form.data.get(nom, "") if form.is_bound else form.initial.get(nom, ""))


def _ticked(form: DemandeComplementsForm) -> set[str]:
    # What was typed, whatever the form refuses: it goes back as it was.
    return set(form.data.getlist("element") if form.is_bound else form.initial.get("element", ()))


def _sections(
    preparation: Preparation, form: DemandeComplementsForm, *, erreurs: bool
) -> list[SectionMontree]:
    coches = _ticked(form)
    dossier = current(preparation.depot.instantane)
    montrees = []
    for section in SECTIONS:
        inutiles = _pointless(section, dossier)
        elements = []
        for champ in section.ouvrables:
            cle = f"{section.code}.{champ}"
            nom = expected_name(cle)
            elements.append(
                ElementMontre(
                    cle=cle,
                    label=label_of_element(section, champ),
                    lieu=place_of_element(section, champ),
                    reponse=present_answer(section, champ, dossier),
                    sans_objet=champ in inutiles,
                    propositions=preparation.propositions.get(cle, []),
                    coche=cle in coches,
                    consigne=_value(form, nom),
                    erreurs=list(form.errors.get(nom, [])) if erreurs else [],
                )
            )
        visee = preparation.critere in section.recevabilite
        montrees.append(SectionMontree(section, elements, visee))
    return montrees


def _pointless(section: Section, dossier: dict[str, Any]) -> set[str]:
    valeurs = fields_of(dossier[section.code])
    return not_asked(section.exigences, valeurs, dossier[section.code]) if valeurs else set()


def present_answer(section: Section, champ: str, dossier: dict[str, Any]) -> str:
    """Return in short what stands in a dossier for an element: an answer, a count of rows, names of files."""
    nature, _, piece = champ.partition(":")
    if nature == "piece":
        noms = [jointe["nom"] for jointe in dossier["pieces"] if jointe["type"] == piece]
        return _short(", ".join(noms)) or "aucune pièce jointe"
    donnees = dossier[section.code]
    if section.tableau and champ == section.tableau.nom:
        nombre = len(rows_of(section, donnees))
        return f"{nombre}\u00a0ligne{'s' if nombre > 1 else ''}" if nombre else "aucune ligne"
    texte = human(section.modele, champ, fields_of(donnees).get(champ))
    return VIDE.lower() if texte == VIDE else _short(texte)


def _short(texte: str) -> str:
    une_ligne = " ".join(texte.split(" ")).replace("\n", " ")
    return une_ligne if len(une_ligne) <= REPONSE_MAX else f"{une_ligne[: REPONSE_MAX - 1]}…"


def _summary(
    form: DemandeComplementsForm, sections: list[SectionMontree], refus: str
) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs for the summary at the top."""
    if refus:
        return [("demande", refus)]
    generales = [
        (ancre, phrase)
        for champ, ancre in (
            ("element", "elements"),
            ("version", "elements"),
            ("reponse_avant", "reponse_avant"),
            ("message", "message"),
        )
        for phrase in form.errors.get(champ, [])
    ]
    return generales + [
        (f"consigne-{un.ancre}", f"{un.lieu}\u00a0: {phrase}")
        for montree in sections
        for un in montree.elements
        for phrase in un.erreurs
    ]


# --- What will happen ----------------------------------------------------------------------------
def _confirmation(
    request: HttpRequest, preparation: Preparation, form: DemandeComplementsForm
) -> HttpResponse:
    candidature = preparation.candidature
    elements, jour = form.asked(), form.cleaned_data["reponse_avant"]
    rendus = preparation.examen.verdicts
    touches = criteria_reading({element.section for element in elements})
    return page(
        request,
        "complements_confirmer",
        "Vérifier la demande de compléments",
        candidature=candidature,
        elements=[(place_of_element(PAR_CODE[un.section], un.champ), un.consigne) for un in elements],
        reponse_avant=jour,
        rappels=reminders_of_request(jour, horloge.today()),
        gardes=sorted(rendus.keys() - touches),
        a_redonner=sorted(rendus.keys() & touches),
        courriel=preview_complements_requested(
            candidature,
            reponse_avant=jour,
            message=form.cleaned_data["message"],
            elements=[(un.section, un.champ, un.consigne) for un in elements],
        ),
        responsables=responsables(candidature.structure),
        saisis=_hidden(form),
        brouillon=draft_key(request, candidature, "complements"),
    )


def _hidden(form: DemandeComplementsForm) -> list[tuple[str, str]]:
    """Return everything that was typed, as the confirmation carries it."""
    donnees = form.cleaned_data
    return [
        ("version", str(donnees["version"])),
        ("reponse_avant", donnees["reponse_avant"].isoformat()),
        ("message", donnees["message"]),
        *(("element", cle) for cle in donnees["element"]),
        *((nom, texte) for nom, texte in donnees.items() if nom.startswith("consigne-") and texte),
    ]


# --- On the dossier's screen ---------------------------------------------------------------------
def former_deposit(depot: Depot) -> Depot | None:
    """Return the deposit before this one, with which it is compared."""
    if depot.numero == 1:
        return None
    return Depot.objects.get(candidature=depot.candidature_id, numero=depot.numero - 1)


def request_shown(candidature: Candidature, lecture: Lecture) -> dict[str, Any]:
    """Return the request for compléments that waits, whole."""
    demande = demande_ouverte(candidature) if candidature.etat == cycle.EN_COMPLEMENT else None
    demande = demande or _left_unanswered(candidature, lecture.depot)
    if demande is None:
        return {"demande": None}
    return {
        "demande": demande,
        "elements": list(_elements(demande, lecture).values()),
        "fermeture": closable_from(demande),
    }


def _left_unanswered(candidature: Candidature, depot: Depot) -> DemandeComplements | None:
    """Return the last request that nobody answered on the deposit that is examined.

    Nothing is asked of the base for most dossiers: such a request has put off the day on which silence
    becomes a rejection.
    """
    recu_le, jour = candidature.deposee_le, candidature.rejet_implicite_le
    if candidature.etat != cycle.DEPOSEE or recu_le is None or jour == rejection_day(recu_le):
        return None
    closes = candidature.demandes_complements.filter(close_le__gt=depot.arrivee)
    return closes.select_related("demandeur").order_by("-close_le").first()


def _elements(demande: DemandeComplements, lecture: Lecture) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return what a request asks: where it is, the anchor at which it is read, what is expected."""
    return {
        (element.section, element.champ): (
            place_of_element(PAR_CODE[element.section], element.champ),
            lecture.nearest(f"{element.section}.{element.champ}"),
            element.consigne,
        )
        for element in demande.elements.order_by("id")
    }


def answer_shown(candidature: Candidature, precedent: Depot | None, lecture: Lecture) -> dict[str, Any]:
    """Return which request the deposit that is read answers, and what it left as it was."""
    reponse = request_answered_by(candidature, lecture.depot) if precedent else None
    if precedent is None or reponse is None:
        return {"ancien_depot": precedent, "reponse": None, "inchanges": []}
    demandes = _elements(reponse, lecture)
    restes = unanswered(reponse, precedent.instantane, lecture.depot.instantane)
    return {
        "ancien_depot": precedent,
        "reponse": reponse,
        "inchanges": [demandes[element] for element in restes],
    }
