"""The messages of a dossier: what its porteur and GEN write to each other, with files.

A message changes nothing of the dossier, of its state nor of what GEN asked: it is read, and answered.
The committee, the Régions and the public never see one.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from unicodedata import category

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from candidatures import cycle
from candidatures.domain.queries import est_membre, in_charge
from candidatures.models import Affectation, Candidature, Message
from comptes.domain.acces import require_in
from comptes.models import Role, RoleAttribue, Utilisateur
from comptes.models.periode import q_en_cours
from socle import fichiers, horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier, FichierRefuse, TransitionRefusee
from socle.models import Antivirus, Fichier
from socle.references import Acteur, Systeme
from socle.transition import lock
from socle.typographie import espace_milliers, pluriel_fr

POLITIQUE_MESSAGE = "candidatures.message"
#: Characters of a message, the end of a line counting one.
TEXTE_MAX = 4000
#: Files of a message; together they weigh as much as one attachment may, which one request can carry.
FICHIERS_MAX = 5

PORTEUR, GEN = Message.Cote.PORTEUR, Message.Cote.GEN

BROUILLON = (
    "La GEN ne voit pas un brouillon\u00a0: vous pourrez lui écrire ici dès que le dossier sera déposé. "
    "D’ici là, écrivez ou téléphonez au service d’aide."
)
RETIRE = "Ce dossier est retiré\u00a0: ses messages restent lisibles, il n’en reçoit plus."


class DejaEnvoye(ErreurMetier):
    """The form has sent a message already, and holds another one now."""


# --- Verbs -------------------------------------------------------------------------------------
@transaction.atomic
def send_message(
    *, candidature: Candidature, texte: str, cle: uuid.UUID, acteur: Acteur, pieces: Sequence[File] = ()
) -> Message:
    """Write to the other side of a dossier, with files or without; all of it or nothing.

    ``cle`` comes from the form: the same form sent twice, whatever the clicks and the workers, is one
    message. Effects: the message, its private files (R12), event ``candidature.message_envoye``
    without the text, and what reacts to it (the other side learns that a message waits).
    Errors: ``ActeurRefuse`` for anybody but the porteur's members, the instructors in charge and the
    direction, none of them with a declared link (R36); ``TransitionRefusee`` for a draft and a
    withdrawn dossier; ``DonneesInvalides`` (text, files); ``DejaEnvoye``; ``ErreurMetier`` beyond
    ``GEN_MESSAGES_PAR_HEURE``.
    """
    propre = _clean(texte)
    if isinstance(acteur, Systeme):
        raise ActeurRefuse("Un message est écrit par une personne.")
    lock(candidature)
    require_in(acteur, "candidatures.send_message", candidature)
    check_open(candidature)
    deja = candidature.messages.filter(auteur=acteur, cle=cle).first()
    if deja is not None:
        return _sent_once(deja, propre, pieces)
    _check_rate(candidature, acteur)
    message = Message.objects.create(
        candidature=candidature,
        numero=candidature.messages.count() + 1,
        auteur=acteur,
        cote=side_of(acteur, candidature),
        texte=propre,
        cle=cle,
        envoye_le=horloge.now(),
    )
    joints = _attach(message, pieces, acteur)
    journal.record(
        "candidature.message_envoye",
        sujet=candidature,
        acteur=acteur,
        donnees={
            "message": message.pk,
            "cote": message.cote,
            "fichiers": [joint.sha256 for joint in joints],
        },
    )
    return message


def mark_messages_read(*, candidature: Candidature, messages: Iterable[Message], acteur: Utilisateur) -> int:
    """Note that these messages were opened by the side that they were written to; twice is once.

    For GEN, only by those whom they wait for: a look by somebody else leaves them unread. Effects:
    ``lu_le`` of those that had none; no event. Returns how many. Errors: ``ActeurRefuse`` for
    somebody who may not read them.
    """
    if not acteur.has_perm("candidatures.read_messages", candidature):
        raise ActeurRefuse("Ces messages ne vous sont pas ouverts.")
    cote = side_of(acteur, candidature)
    attendus = [message.pk for message in messages if message.cote != cote and message.lu_le is None]
    pour_acteur = Candidature.objects.filter(unread_by_gen(acteur), pk=candidature.pk)
    if not attendus or (cote == GEN and not pour_acteur.exists()):
        return 0
    return candidature.messages.filter(pk__in=attendus, lu_le__isnull=True).update(lu_le=horloge.now())


def check_open(candidature: Candidature) -> None:
    """Refuse (``TransitionRefusee``) a dossier on which nobody writes."""
    if motif := closed_because(candidature):
        raise TransitionRefusee(motif)


def closed_because(candidature: Candidature) -> str:
    """Return why nobody writes on this dossier, or nothing when it is open."""
    return {cycle.BROUILLON: BROUILLON, cycle.SANS_SUITE: RETIRE}.get(candidature.etat, "")


def side_of(utilisateur: Utilisateur, candidature: Candidature) -> Message.Cote:
    """Return for whom this person writes and reads: a member is the porteur's, whatever their roles."""
    return PORTEUR if est_membre(utilisateur, candidature) else GEN


def _clean(texte: str) -> str:
    propre = texte.replace("\r\n", "\n").replace("\r", "\n").strip()
    # A space of no width or a mark of direction shows nothing.
    if not any(category(signe)[0] not in "CZ" for signe in propre):
        raise DonneesInvalides({"texte": ["Écrivez votre message."]})
    if "\x00" in propre:
        raise DonneesInvalides({"texte": ["Retirez de votre message les caractères invisibles."]})
    if len(propre) > TEXTE_MAX:
        raise DonneesInvalides({"texte": [too_long(len(propre))]})
    return propre


def too_long(longueur: int) -> str:
    """Say how long a text is, and what to do."""
    return (
        f"Votre message compte {espace_milliers(longueur)} caractères, pour {espace_milliers(TEXTE_MAX)} au "
        "plus. Raccourcissez-le, envoyez-le en plusieurs fois, ou joignez un fichier."
    )


def _sent_once(deja: Message, texte: str, pieces: Sequence[File]) -> Message:
    """Return the message of a form sent again; refuse when the form holds something else by now."""
    empreintes = sorted(fichiers.sha256_of(piece) for piece in pieces)
    joints = sorted(files_of([deja]).values_list("sha256", flat=True))
    if (deja.texte, joints) != (texte, empreintes):
        raise DejaEnvoye(
            "Cette page a déjà envoyé un message, que vous lisez au-dessus. Le texte ci-dessous est "
            "différent\u00a0: envoyez-le s’il s’agit d’un autre message."
        )
    return deja


def _check_rate(candidature: Candidature, acteur: Utilisateur) -> None:
    depuis = horloge.now() - timedelta(hours=1)
    if (
        candidature.messages.filter(auteur=acteur, envoye_le__gt=depuis).count()
        >= settings.GEN_MESSAGES_PAR_HEURE
    ):
        raise ErreurMetier(
            f"Vous avez envoyé {settings.GEN_MESSAGES_PAR_HEURE} messages sur ce dossier en une heure. "
            "Gardez votre texte, et envoyez-le dans une heure."
        )


def _attach(message: Message, pieces: Sequence[File], acteur: Utilisateur) -> list[Fichier]:
    """Keep the files of a message; every one that is refused is told at once, by its name."""
    _check_together(pieces)
    joints, refus = [], []
    for piece in pieces:
        try:
            joints.append(
                fichiers.store(
                    piece,
                    nom=piece.name or "fichier",
                    proprietaire=message,
                    politique=POLITIQUE_MESSAGE,
                    acteur=acteur,
                )
            )
        except FichierRefuse as erreur:
            refus.append(str(erreur))
    if refus:
        raise DonneesInvalides({"fichiers": refus})
    return joints


def _check_together(pieces: Sequence[File]) -> None:
    if len(pieces) > FICHIERS_MAX:
        raise DonneesInvalides(
            {
                "fichiers": [
                    f"Vous avez choisi {len(pieces)} fichiers, pour {FICHIERS_MAX} au plus. "
                    "Envoyez les autres avec un second message."
                ]
            }
        )
    # One file that is too heavy alone has its own sentence.
    ensemble = sum(piece.size for piece in pieces if piece.size <= settings.GEN_FICHIER_MAX)
    if ensemble > settings.GEN_FICHIER_MAX:
        raise DonneesInvalides(
            {
                "fichiers": [
                    f"Ensemble, vos fichiers pèsent plus de {settings.GEN_FICHIER_MAX // 1024**2}\u00a0Mo. "
                    "Envoyez-les en plusieurs messages."
                ]
            }
        )


# --- Whom a message waits for --------------------------------------------------------------------
def porteur_recipients(candidature: Candidature) -> list[Utilisateur]:
    """Return the responsables, who follows the dossier, and the members who have written; each once."""
    auteurs = Utilisateur.objects.filter(
        pk__in=candidature.messages.filter(cote=PORTEUR).values("auteur"), is_active=True
    )
    personnes = {personne.pk: personne for personne in in_charge(candidature)}
    for auteur in auteurs.order_by("nom", "prenom", "pk"):
        if est_membre(auteur, candidature):
            personnes.setdefault(auteur.pk, auteur)
    return list(personnes.values())


def gen_recipients(candidature: Candidature) -> list[Utilisateur]:
    """Return the instructors in charge, else the direction; nobody who has a declared link (R36)."""
    charges = Utilisateur.objects.filter(
        pk__in=_charges().filter(candidature=candidature).values("instructeur")
    )
    direction = Utilisateur.objects.filter(_holding(Role.DIRECTION), is_active=True)
    return _allowed(charges, candidature) or _allowed(direction, candidature)


def announced_by(message: Message) -> str:
    """Return the key of the e-mail that tells of a message: that of the first one not opened, a day.

    Several messages in a day give one e-mail a recipient, until the page is opened.
    """
    premier = message.candidature.messages.filter(cote=message.cote, lu_le__isnull=True).first() or message
    return f"candidature.message:{premier.pk}:{horloge.paris(message.envoye_le):%Y-%m-%d}"


def _allowed(personnes: QuerySet[Utilisateur], candidature: Candidature) -> list[Utilisateur]:
    return [
        personne
        for personne in personnes.distinct().order_by("nom", "prenom", "pk")
        if side_of(personne, candidature) == GEN
        and personne.has_perm("candidatures.send_message", candidature)
    ]


def _charges() -> QuerySet[Affectation]:
    """Return the tasks of instructors who can still act."""
    en_fonction = Utilisateur.objects.filter(_holding(Role.INSTRUCTEUR), is_active=True)
    return Affectation.objects.filter(retiree_le__isnull=True, instructeur__in=en_fonction.values("pk"))


def _holding(role: str) -> Q:
    return Q(pk__in=RoleAttribue.objects.filter(q_en_cours(), role=role).values("utilisateur"))


def _unread(cote: str) -> Exists:
    return Exists(Message.objects.filter(candidature=OuterRef("pk"), cote=cote, lu_le__isnull=True))


def with_unread(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Count, in the query of the dossiers themselves, what their porteur wrote and GEN did not open."""
    attente = Message.objects.filter(candidature=OuterRef("pk"), cote=PORTEUR, lu_le__isnull=True)
    nombre = attente.order_by().values("candidature").annotate(nombre=Count("pk")).values("nombre")
    return candidatures.annotate(messages_a_lire=Coalesce(Subquery(nombre), 0))


def unread_by_porteur() -> Exists:
    """Return the condition of a dossier on which a message of GEN was not opened."""
    return _unread(GEN)


def unread_by_gen(utilisateur: Utilisateur) -> Q:
    """Return the condition of a dossier on which a message of the porteur waits for this person.

    An agent who is a member of the porteur reads it as such, not for GEN.
    """
    charges = _charges().filter(candidature=OuterRef("pk"))
    pour_elle = Q(Exists(charges.filter(instructeur=utilisateur.pk)))
    if utilisateur.a_role(Role.DIRECTION):
        pour_elle |= ~Q(Exists(charges))
    return Q(_unread(PORTEUR)) & pour_elle & ~Q(structure__in=utilisateur.pks_structures)


# --- Reading -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Joint:
    """A file of a message: its address when it can be opened, else why it can't."""

    nom: str
    taille: int
    url: str
    empeche: str


@dataclass(frozen=True)
class LigneMessage:
    """A message as one side reads it."""

    message: Message
    qui: str
    de_mon_cote: bool
    nouveau: bool
    joints: list[Joint]


def thread_of(candidature: Candidature) -> QuerySet[Message]:
    """Return the messages of a dossier with their authors, oldest first."""
    return candidature.messages.select_related("auteur").order_by("numero")


def read_lines(messages: Sequence[Message], *, cote: str, porteur: str) -> list[LigneMessage]:
    """Return messages as one side reads them, in two queries at most; ``porteur`` names the structure.

    GEN speaks to the porteur as one: nothing tells who instructs, or when the direction takes over.
    """
    joints: dict[uuid.UUID, list[Fichier]] = defaultdict(list)
    for fichier in files_of(messages):
        joints[fichier.proprietaire_id].append(fichier)
    return [
        LigneMessage(
            message=message,
            qui=_signed(message, cote, porteur),
            de_mon_cote=message.cote == cote,
            nouveau=message.cote != cote and message.lu_le is None,
            joints=[_joint(fichier, message.cote == cote) for fichier in joints[message.pk]],
        )
        for message in messages
    ]


def files_of(messages: Sequence[Message]) -> QuerySet[Fichier]:
    """Return the files of messages, in the order in which they were sent."""
    return Fichier.objects.filter(
        proprietaire_genre=Message._meta.label_lower,
        proprietaire_id__in=[message.pk for message in messages],
    )


def _signed(message: Message, cote: str, porteur: str) -> str:
    if message.cote == PORTEUR:
        return message.auteur.nom_complet if cote == PORTEUR else f"{message.auteur.nom_complet}, {porteur}"
    return "La GEN" if cote == PORTEUR else f"{message.auteur.nom_complet}, GEN"


def _joint(fichier: Fichier, envoye: bool) -> Joint:
    return Joint(
        nom=fichier.nom,
        taille=fichier.taille,
        url=fichier.url if fichier.est_servi else "",
        empeche="" if fichier.est_servi else _held_back(fichier, envoye),
    )


def _held_back(fichier: Fichier, envoye: bool) -> str:
    """Say why a file can't be opened, to those who sent it and to the others."""
    if fichier.supprime_le is not None:
        return "Ce fichier a été supprimé."
    if fichier.est_retenu:
        infecte = fichier.antivirus == Antivirus.INFECTE
        raison = "l’antivirus y a trouvé un danger" if infecte else fichier.constat
        if not envoye:
            return f"Ce fichier ne s’ouvre pas\u00a0: {raison}. Demandez-en un autre."
        d_abord = "Analysez votre ordinateur, produisez" if infecte else "Produisez"
        return (
            f"Personne ne peut ouvrir ce fichier\u00a0: {raison}. {d_abord} à nouveau le document, "
            "puis envoyez-le avec un autre message."
        )
    if fichier.antivirus == Antivirus.QUARANTAINE:
        return "La vérification n’a pas pu se faire et reprendra d’elle-même\u00a0: il s’ouvrira ici ensuite."
    return "Il est vérifié en ce moment, d’ordinaire en moins d’une minute\u00a0: il s’ouvrira ici ensuite."


@dataclass(frozen=True)
class Decompte:
    """How many messages a dossier has, and how many of them one side has not opened."""

    messages: int
    non_lus: int

    @property
    def phrase(self) -> str:
        """Return « 3 messages, dont 1 non lu »."""
        if not self.messages:
            return "Aucun message."
        total = f"{self.messages} message{pluriel_fr(self.messages)}"
        non_lus = f", dont {self.non_lus} non lu{pluriel_fr(self.non_lus)}" if self.non_lus else ""
        return f"{total}{non_lus}."


def count_for(candidature: Candidature, cote: str) -> Decompte:
    """Count the messages of a dossier for one side, in one query."""
    non_lus = Count("pk", filter=Q(lu_le__isnull=True) & ~Q(cote=cote))
    return Decompte(**candidature.messages.aggregate(messages=Count("pk"), non_lus=non_lus))
