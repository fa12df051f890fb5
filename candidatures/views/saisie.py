"""What the page of a section sends while somebody types: each answer is saved by itself (R10)."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from candidatures.domain import instantane
from candidatures.domain.calculs import calculs
from candidatures.domain.lecture import human
from candidatures.domain.propositions import LUES
from candidatures.domain.saisie import Conflit, Enregistrement, autosave_section, open_fields
from candidatures.forms.frappes import Lecture, SaisieIllisible, control_of, read_frappes, shown
from candidatures.forms.sections import field_of
from candidatures.models import Candidature
from candidatures.sections import PAR_CODE, Section
from candidatures.views.acces import dossiers_de_membre
from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.typographie import heure

ILLISIBLE = "La page a envoyé une saisie illisible. Rechargez-la\u00a0: votre texte y est gardé."


@require_POST
def enregistrer(request: HttpRequest, pk: uuid.UUID, code: str) -> JsonResponse:
    """Save what was typed; answer for each control: kept, refused with its sentences, or in conflict.

    Answers 409 with a sentence (``refus``) when nothing of the section can be saved any more, 400 when
    what is sent is not what the page sends.
    """
    section, acteur = PAR_CODE.get(code), request.user
    if section is None:
        raise Http404
    try:
        lecture = read_frappes(section, request.POST)
        bilan = autosave_section(
            dossiers=dossiers_de_membre(acteur), pk=pk, section=code, frappes=lecture.frappes, acteur=acteur
        )
    except Candidature.DoesNotExist as absent:
        raise Http404 from absent
    except (SaisieIllisible, DonneesInvalides):
        return JsonResponse({"refus": ILLISIBLE}, status=400)
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        return JsonResponse({"refus": str(erreur)}, status=409)
    candidature = bilan.etat.candidature
    autres = _others(request, candidature, section, bilan)
    return JsonResponse(
        {
            "version": bilan.etat.version,
            "heure": heure(horloge.now()),
            "enregistrees": {nom: _now_shown(lecture, nom, bilan) for nom in bilan.enregistrees},
            "erreurs": lecture.erreurs | bilan.erreurs,
            "conflits": _conflicts(section, bilan),
            "manques": bilan.etat.manques,
            "calculs": render_to_string(
                "candidatures/_calculs.html", {"calculs": calculs(code, bilan.donnees, candidature)}
            ),
            "propositions": _is_to_be_asked(section, bilan, autres=autres is not None),
            "autres": autres,
        }
    )


def _is_to_be_asked(section: Section, bilan: Enregistrement, *, autres: bool) -> bool:
    """Tell the page to ask what the public lists say: an answer that they read may have changed.

    What is typed is safe first; what the lists say comes by a request of its own.
    """
    lues = LUES.get(section.code, frozenset())
    return bool(lues & set(bilan.enregistrees)) or (autres and bool(lues))


def _now_shown(lecture: Lecture, nom: str, bilan: Enregistrement) -> str:
    """Return what the control shows of its answer as it is kept: « 356 000 000 » becomes « 356000000 »."""
    return shown(lecture.controles[nom].field, bilan.valeurs[nom])


def _conflicts(section: Section, bilan: Enregistrement) -> dict[str, dict[str, Any]]:
    """Return what is stored where somebody else answered meanwhile: the control's value, and its words."""
    qui = {"par": bilan.auteur, "le": heure(bilan.le) if bilan.le else ""}
    return {nom: qui | _stored(section, nom, conflit) for nom, conflit in bilan.conflits.items()}


def _stored(section: Section, nom: str, conflit: Conflit) -> dict[str, Any]:
    if conflit.retiree:
        return {"retiree": True}
    controle = control_of(section, nom)
    assert controle is not None, "the verb answers for what was sent"
    modele = section.tableau.modele if controle.rang is not None and section.tableau else section.modele
    texte = human(modele, controle.champ, instantane.json_value(conflit.valeur))
    return {"valeur": shown(controle.field, conflit.valeur), "texte": texte}


def _others(
    request: HttpRequest, candidature: Candidature, section: Section, bilan: Enregistrement
) -> dict[str, Any] | None:
    """Return the whole section when somebody else saved since this page read it, else nothing.

    Its values are by question, and by ``<row>:<question>`` in the table. Who gives no version asks nothing.
    """
    if request.POST.get("version") in (None, str(bilan.version)):
        return None
    lignes = instantane.read_rows(candidature, section)
    valeurs = _values(section, section.modele, section.champs, instantane.read_fields(candidature, section))
    tableau = section.tableau
    if tableau:
        for ligne in lignes:
            valeurs |= _values(section, tableau.modele, tableau.champs, ligne, f"{ligne.pk}:")
    ouverts = open_fields(candidature, section.code)
    # Without the table on the page, its rows are nothing to compare.
    montree = tableau is not None and (ouverts is None or tableau.nom in ouverts)
    rangs = [str(ligne.pk) for ligne in lignes] if montree else None
    return {"par": bilan.auteur, "valeurs": valeurs, "lignes": rangs}


def _values(
    section: Section, modele: str, champs: Iterable[str], objet: Any, prefixe: str = ""
) -> dict[str, str]:
    return {
        f"{prefixe}{champ}": shown(field_of(section, modele, champ), getattr(objet, champ))
        for champ in champs
    }
