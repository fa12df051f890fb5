"""The outbox: written with the act, handed over once at most, in doubt shown as in doubt."""

import json
import smtplib
import socketserver
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import Message as MessageRecu
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from socle import courriels, fournisseurs, horloge, reveil
from socle.courriels import Destinataire
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.fournisseurs import HandOver, Message, RefusDefinitif, RefusTemporaire
from socle.models import Courriel, Evenement
from socle.references import SYSTEME, Reference
from socle.rendu_courriel import GabaritInvalide, VariableManquante, blocks, render

Etat = Courriel.Etat
PERSONNE = Reference("comptes.utilisateur", uuid.UUID(int=7))


class Relais:
    """A provider that does what the test says and counts the hand-overs."""

    def __init__(self) -> None:
        self.idempotent = False
        self.remis: list[Message] = []
        self.avant: Callable[[], None] = lambda: None
        self.pendant: Callable[[], None] = lambda: None

    @contextmanager
    def open(self, message: Message) -> Iterator[HandOver]:
        self.avant()

        def hand_over() -> str:
            self.pendant()
            self.remis.append(message)
            return "accepté"

        yield hand_over


@pytest.fixture
def relais(monkeypatch: pytest.MonkeyPatch) -> Relais:
    """Deliver to a relay of the test's own."""
    fake = Relais()
    monkeypatch.setattr(fournisseurs, "provider", lambda: fake)
    return fake


@pytest.fixture(autouse=True)
def gabarits(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Templates of the test's own, beside the project's."""
    from socle.rendu_courriel import _engine

    folder = tmp_path / "gabarits"
    (folder / "courriels").mkdir(parents=True)
    site = dict(settings.TEMPLATES[0])
    site["DIRS"] = [folder, *site["DIRS"]]
    settings.TEMPLATES = [site]
    _engine.cache_clear()
    write_template(
        folder, "essai", "À lire avant le {{ jour }} : {{ quoi }}\n\nBonjour,\n\nVoici {{ quoi }}.\n"
    )
    write_template(folder, "essai_code", "Votre code\n\nLe code : {{ code }}\n")
    yield folder
    _engine.cache_clear()


def write_template(folder: Path, nom: str, texte: str) -> None:
    (folder / "courriels" / f"{nom}.txt").write_text(texte, encoding="utf-8")


@pytest.fixture(autouse=True)
def reveils(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Collect the wake-ups instead of publishing them."""
    published: list[uuid.UUID] = []

    def wake(_tache: str, identifiant: uuid.UUID) -> bool:
        published.append(identifiant)
        return True

    monkeypatch.setattr(reveil, "wake", wake)
    return published


def un_courriel(cle: str = "a", *, email: str = "porteur@essai.example", **options: Any) -> Courriel:
    return courriels.send(
        "essai",
        cle=cle,
        destinataire=Destinataire(PERSONNE, email, "Zoé d’Or"),
        contexte={"jour": "lundi", "quoi": "l’accusé"},
        **options,
    )


def un_code(cle: str = "code") -> Courriel:
    return courriels.send(
        "essai_code",
        cle=cle,
        destinataire=Destinataire(PERSONNE, "porteur@essai.example"),
        contexte={"code": "123456"},
        code=True,
    )


def reread(courriel: Courriel) -> Courriel:
    return Courriel.objects.get(pk=courriel.pk)


def later(courriel: Courriel, **valeurs: Any) -> None:
    Courriel.objects.filter(pk=courriel.pk).update(**valeurs)


def cut(courriel: Courriel) -> None:
    """Leave the row as a worker killed in the middle of the hand-over leaves it."""
    passe = horloge.real_now() - timedelta(seconds=1)
    later(courriel, etat=Etat.EN_REMISE, jeton=uuid.uuid4(), bail_jusqu_a=passe, essais=1)


# --- Writing ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_given_a_template_when_sent_then_subject_text_and_html_say_the_same() -> None:
    courriel = un_courriel(sujet=Reference("candidatures.candidature", uuid.UUID(int=3)))
    assert courriel.objet == "À lire avant le lundi : l’accusé"
    assert courriel.texte.startswith(
        "Bonjour,\n\nVoici l’accusé.\n\nUne question\u00a0? Écrivez à labellisation@"
    )
    assert "01\u00a099\u00a000\u00a000\u00a000" in courriel.texte
    assert "Voici l’accusé." in courriel.html
    assert "Une question" in courriel.html
    assert '<html lang="fr">' in courriel.html
    assert str(courriel.sujet) == "candidatures.candidature:00000000-0000-0000-0000-000000000003"
    assert list(Courriel.objects.about(courriel.sujet)) == [courriel]


@pytest.mark.django_db
def test_given_a_key_when_sent_twice_then_the_first_row_stands(reveils: list[uuid.UUID]) -> None:
    assert un_courriel().pk == un_courriel(email="autre@essai.example").pk
    assert Courriel.objects.get().email == "porteur@essai.example"


@pytest.mark.django_db(transaction=True)
def test_given_an_act_that_is_undone_when_sent_then_no_row_and_no_wake_up(reveils: list[uuid.UUID]) -> None:
    with transaction.atomic():
        un_courriel()
        transaction.set_rollback(True)
    assert (Courriel.objects.count(), reveils) == (0, [])
    with transaction.atomic():
        courriel = un_courriel()
        assert reveils == []
    assert reveils == [courriel.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["", "sans-arobase", "a@b"])
def test_given_no_valid_address_when_sent_then_the_act_stands_and_the_row_says_so(email: str) -> None:
    courriel = un_courriel(email=email)
    assert courriel.etat == Etat.ECHEC
    assert "adresse" in courriel.reponse


def test_given_a_hole_in_the_context_when_rendered_then_refused() -> None:
    with pytest.raises(VariableManquante, match="quoi"):
        render("essai", {"jour": "lundi"})


def test_given_a_template_without_subject_when_rendered_then_refused(gabarits: Path) -> None:
    write_template(gabarits, "sans_objet", "Bonjour,\nvoici.")
    with pytest.raises(GabaritInvalide):
        render("sans_objet", {})


def test_given_html_in_a_value_when_rendered_then_text_keeps_it_and_html_escapes_it() -> None:
    contenu = render("essai", {"jour": "lundi", "quoi": "<b>l'accusé</b> & fils"})
    assert "Voici <b>l'accusé</b> & fils." in contenu.texte
    assert "Voici &lt;b&gt;l&#x27;accusé&lt;/b&gt; &amp; fils." in contenu.html
    assert contenu.objet == "À lire avant le lundi : <b>l'accusé</b> & fils"


def test_given_lists_and_links_when_turned_into_html_then_their_shape_is_kept() -> None:
    found = blocks("Voici :\n- un\n  suite https://gen.example/a?b=1&c=2.\n- deux\n\nFin")
    assert [(bloc.liste, [str(ligne) for ligne in bloc.lignes]) for bloc in found] == [
        (False, ["Voici :"]),
        (
            True,
            [
                'un<br>suite <a href="https://gen.example/a?b=1&amp;c=2">'
                "https://gen.example/a?b=1&amp;c=2</a>.",
                "deux",
            ],
        ),
        (False, ["Fin"]),
    ]


def test_given_a_path_when_made_absolute_then_it_is_the_portal_s() -> None:
    assert courriels.absolute("/suivi/") == "http://localhost:8000/suivi/"


# --- Delivering -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_given_an_e_mail_when_delivered_twice_then_handed_over_once(relais: Relais) -> None:
    courriel = un_courriel()
    assert courriels.deliver(courriel.pk)
    assert not courriels.deliver(courriel.pk)
    row = reread(courriel)
    assert [message.id for message in relais.remis] == [courriel.pk]
    assert (row.etat, row.reponse, row.essais) == (Etat.REMIS, "accepté", 1)
    assert row.remis_le is not None
    assert row.texte


@pytest.mark.django_db
def test_given_a_hand_over_when_it_begins_then_the_row_already_says_so(relais: Relais) -> None:
    courriel = un_courriel()
    seen: list[str] = []
    relais.avant = lambda: seen.append(reread(courriel).etat)
    relais.pendant = lambda: seen.append(reread(courriel).etat)
    courriels.deliver(courriel.pk)
    assert seen == [Etat.A_ENVOYER, Etat.EN_REMISE]


@pytest.mark.django_db(transaction=True)
def test_given_a_transaction_when_delivered_inside_it_then_refused(relais: Relais) -> None:
    courriel = un_courriel()
    with transaction.atomic():
        courriels.deliver(courriel.pk)
    # The durable mark can't be written inside another transaction: nothing left.
    assert relais.remis == []
    assert reread(courriel).etat == Etat.A_ENVOYER


@pytest.mark.django_db
def test_given_a_worker_killed_before_the_hand_over_when_swept_then_delivered_once(relais: Relais) -> None:
    courriel = un_courriel()
    future = horloge.real_now() + timedelta(seconds=60)
    later(courriel, jeton=uuid.uuid4(), bail_jusqu_a=future, essais=1)
    assert courriels.sweep(sur_place=True) == 0
    later(courriel, bail_jusqu_a=horloge.real_now() - timedelta(seconds=1))
    assert courriels.sweep(sur_place=True) == 1
    assert (len(relais.remis), reread(courriel).etat) == (1, Etat.REMIS)


@pytest.mark.django_db
@pytest.mark.regle("R39")
def test_given_a_worker_killed_in_the_hand_over_when_swept_then_to_be_checked_and_never_repeated(
    relais: Relais,
) -> None:
    courriel = un_courriel()
    cut(courriel)
    later(courriel, bail_jusqu_a=horloge.real_now() + timedelta(seconds=60))
    courriels.sweep(sur_place=True)
    assert reread(courriel).etat == Etat.EN_REMISE
    cut(courriel)
    for _ in range(2):
        courriels.sweep(sur_place=True)
        courriels.deliver(courriel.pk)
    assert (relais.remis, reread(courriel).etat) == ([], Etat.A_VERIFIER)
    assert list(Courriel.objects.to_check()) == [courriel]


@pytest.mark.django_db
def test_given_a_provider_that_ignores_repeats_when_the_hand_over_was_cut_then_repeated(
    relais: Relais,
) -> None:
    relais.idempotent = True
    courriel = un_courriel()
    cut(courriel)
    assert courriels.sweep(sur_place=True) == 1
    assert reread(courriel).etat == Etat.REMIS


@pytest.mark.django_db
def test_given_a_slow_hand_over_when_it_ends_after_the_doubt_then_the_truth_is_written(
    relais: Relais,
) -> None:
    courriel = un_courriel()

    def lease_ends() -> None:
        later(courriel, bail_jusqu_a=horloge.real_now() - timedelta(seconds=1))
        courriels.sweep(sur_place=True)
        assert reread(courriel).etat == Etat.A_VERIFIER

    relais.pendant = lease_ends
    courriels.deliver(courriel.pk)
    assert reread(courriel).etat == Etat.REMIS


@pytest.mark.django_db
def test_given_temporary_refusals_when_retried_then_later_each_time_and_at_last_a_failure(
    relais: Relais, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courriels, "ESSAIS", 3)
    courriel = un_courriel()

    def refuse() -> None:
        raise RefusTemporaire("451 plus tard")

    relais.avant = refuse
    waits = []
    for _ in range(2):
        assert not courriels.deliver(courriel.pk)
        row = reread(courriel)
        assert (row.etat, row.jeton) == (Etat.A_ENVOYER, None)
        waits.append(round((row.prochaine_tentative - horloge.real_now()).total_seconds()))
        assert not courriels.deliver(courriel.pk)
        later(courriel, prochaine_tentative=horloge.real_now())
    assert waits == [30, 60]
    courriels.deliver(courriel.pk)
    assert reread(courriel).etat == Etat.ECHEC


@pytest.mark.django_db
def test_given_a_permanent_refusal_when_delivered_then_a_failure_with_its_answer(relais: Relais) -> None:
    courriel = un_courriel()

    def refuse() -> None:
        raise RefusDefinitif("RCPT 550 inconnu")

    relais.pendant = refuse
    courriels.deliver(courriel.pk)
    assert (reread(courriel).etat, reread(courriel).reponse) == (Etat.ECHEC, "RCPT 550 inconnu")


@pytest.mark.django_db
def test_given_a_cut_network_when_handing_over_then_a_doubt_but_before_it_a_retry(relais: Relais) -> None:
    def fail() -> None:
        raise ConnectionResetError("coupé")

    before, during = un_courriel("avant"), un_courriel("pendant")
    relais.avant = fail
    courriels.deliver(before.pk)
    relais.avant, relais.pendant = lambda: None, fail
    courriels.deliver(during.pk)
    assert (reread(before).etat, reread(during).etat) == (Etat.A_ENVOYER, Etat.A_VERIFIER)


@pytest.mark.django_db
def test_given_codes_behind_other_mail_when_swept_then_they_leave_first_and_are_erased(
    relais: Relais,
) -> None:
    un_courriel("un")
    un_courriel("deux")
    code = un_code()
    assert "123456" in code.texte
    assert courriels.deliver_codes() == 1
    courriels.sweep(sur_place=True)
    assert relais.remis[0].objet == "Votre code"
    assert "123456" in relais.remis[0].texte
    row = reread(code)
    assert (row.etat, row.texte, row.html) == (Etat.REMIS, "", "")
    assert row.efface_le is not None


@pytest.mark.django_db
@pytest.mark.parametrize("issue", ["coupe", "refus"])
def test_given_a_code_that_did_not_arrive_when_settled_then_erased_all_the_same(
    relais: Relais, issue: str
) -> None:
    code = un_code()
    if issue == "coupe":
        cut(code)
    else:

        def refuse() -> None:
            raise RefusDefinitif("550")

        relais.avant = refuse
    courriels.sweep(sur_place=True)
    row = reread(code)
    assert row.etat == (Etat.A_VERIFIER if issue == "coupe" else Etat.ECHEC)
    assert (row.texte, row.html) == ("", "")


@pytest.mark.django_db
def test_given_a_code_handed_over_when_its_text_is_kept_then_the_database_refuses() -> None:
    code = un_code()
    with pytest.raises(IntegrityError), transaction.atomic():
        later(code, etat=Etat.REMIS, remis_le=horloge.now())


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_workers_when_they_deliver_one_e_mail_then_one_hand_over(relais: Relais) -> None:
    courriel = un_courriel()
    gate = threading.Barrier(3)

    def work() -> None:
        try:
            gate.wait(10)
            courriels.deliver(courriel.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(relais.remis) == 1


@pytest.mark.django_db
def test_given_a_backlog_when_swept_twice_then_published_once_codes_first(reveils: list[uuid.UUID]) -> None:
    mail, code = un_courriel(), un_code()
    assert courriels.sweep() == 2
    assert courriels.sweep() == 0
    assert reveils[-2:] == [code.pk, mail.pk]


# --- What people do ---------------------------------------------------------------------------


class Agent:
    """A person with or without the permission."""

    def __init__(self, allowed: bool) -> None:
        self.allowed = allowed
        self.pk = uuid.uuid4()

    class _meta:
        label_lower = "comptes.utilisateur"

    def has_perm(self, nom: str, _objet: Any = None) -> bool:
        return self.allowed and nom == courriels.PERMISSION


@pytest.mark.django_db
@pytest.mark.regle("R39")
def test_given_a_doubtful_e_mail_when_a_person_confirms_it_then_it_is_delivered_and_in_the_journal() -> None:
    courriel = un_courriel()
    with pytest.raises(ErreurMetier):
        courriels.confirm_delivered(courriel, SYSTEME)
    cut(courriel)
    courriels.sweep(sur_place=True)
    with pytest.raises(ActeurRefuse):
        courriels.confirm_delivered(courriel, Agent(allowed=False))
    agent = Agent(allowed=True)
    row = courriels.confirm_delivered(courriel, agent)
    assert row.etat == Etat.REMIS
    assert row.livre_le is not None
    event = Evenement.objects.get(verbe="courriel.confirme")
    assert event.acteur_id == agent.pk
    assert not Courriel.objects.to_check().exists()


@pytest.mark.django_db
@pytest.mark.regle("R39")
def test_given_a_doubtful_e_mail_when_sent_again_twice_then_one_new_row_that_replaces_it(
    relais: Relais,
) -> None:
    courriel = un_courriel()
    cut(courriel)
    courriels.sweep(sur_place=True)
    again = courriels.send_again(courriel, SYSTEME)
    assert courriels.send_again(courriel, SYSTEME).pk == again.pk
    courriels.sweep(sur_place=True)
    assert [message.id for message in relais.remis] == [again.pk]
    assert (reread(courriel).etat, reread(again).remplace_id) == (Etat.A_VERIFIER, courriel.pk)
    assert not Courriel.objects.to_check().exists()
    assert Evenement.objects.filter(verbe="courriel.renvoye").count() == 1


@pytest.mark.django_db
def test_given_an_e_mail_that_left_or_a_code_when_sent_again_then_refused(relais: Relais) -> None:
    courriel, code = un_courriel(), un_code()
    cut(code)
    courriels.sweep(sur_place=True)
    with pytest.raises(ErreurMetier, match="à vérifier ou en échec"):
        courriels.send_again(courriel, SYSTEME)
    with pytest.raises(ErreurMetier, match="code à usage unique"):
        courriels.send_again(code, SYSTEME)


@pytest.mark.django_db
def test_given_an_e_mail_opened_twice_on_the_portal_when_marked_then_the_first_time_stands() -> None:
    courriel = un_courriel()
    courriels.mark_read(courriel)
    first = reread(courriel).lu_le
    courriels.mark_read(courriel)
    assert first is not None
    assert reread(courriel).lu_le == first


# --- Providers --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_given_the_demo_when_delivered_then_one_file_that_the_mail_screen_reads(settings: Any) -> None:
    courriel, code = un_courriel(), un_code()
    assert fournisseurs.demo_messages() == []
    courriels.sweep(sur_place=True)
    latest, first = fournisseurs.demo_messages()
    assert (first.id, latest.id) == (code.pk, courriel.pk)
    assert "123456" in first.texte
    assert latest.objet == courriel.objet
    assert latest.email == "porteur@essai.example"
    assert latest.entetes["Message-ID"] == f"<{courriel.pk}@localhost>"
    assert fournisseurs.demo_message(latest.nom) == latest
    assert fournisseurs.demo_message("../cles/django") is None
    assert fournisseurs.demo_messages(email="autre@essai.example") == []
    names = sorted(path.name for path in settings.GEN_DEMO_COURRIELS.iterdir())
    assert len(names) == 2
    assert json.loads((settings.GEN_DEMO_COURRIELS / names[0]).read_text())["id"] == str(code.pk)


class ServeurSmtp(socketserver.ThreadingTCPServer):
    """A small SMTP server of our own that refuses or hangs up where the test says."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.reponses: dict[str, str] = {}
        self.raccroche_apres = ""
        self.recus: list[bytes] = []


class Dialogue(socketserver.StreamRequestHandler):
    """One SMTP conversation."""

    server: ServeurSmtp

    def say(self, verbe: str, usual: str) -> None:
        self.wfile.write((self.server.reponses.get(verbe, usual) + "\r\n").encode())

    def handle(self) -> None:
        self.say("ACCUEIL", "220 essai")
        while line := self.rfile.readline().decode().strip():
            verbe = line.split(" ")[0].upper()
            if verbe == "DATA":
                self.say("354", "354 allez-y")
                content = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    content += part
                self.server.recus.append(content)
                if self.server.raccroche_apres == "DATA":
                    return
                self.say("DATA", "250 pris en charge")
            elif self.server.raccroche_apres == verbe:
                return
            elif verbe == "QUIT":
                self.say("QUIT", "221 au revoir")
                return
            else:
                self.say(verbe, "250 ok")


@pytest.fixture
def smtp(settings: Any) -> Iterator[ServeurSmtp]:
    """Deliver to a real SMTP server."""
    with ServeurSmtp() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        settings.GEN_COURRIEL_FOURNISSEUR = "smtp"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[:2]
        settings.EMAIL_TIMEOUT = 5
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_given_an_smtp_server_when_delivered_then_it_gets_both_parts_with_our_identifier(
    smtp: ServeurSmtp,
) -> None:
    courriel = un_courriel()
    assert courriels.deliver(courriel.pk)
    recu: MessageRecu = message_from_bytes(smtp.recus[0])
    assert recu["Message-ID"] == f"<{courriel.pk}@localhost>"
    assert recu["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in recu.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert reread(courriel).reponse == "DATA 250 pris en charge"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("commande", "reponse", "etat"),
    [
        ("ACCUEIL", "421 plus tard", Etat.A_ENVOYER),
        ("MAIL", "451 plus tard", Etat.A_ENVOYER),
        ("MAIL", "530 authentification requise", Etat.A_ENVOYER),
        ("MAIL", "550 expéditeur refusé", Etat.A_ENVOYER),
        ("RCPT", "530 authentification requise", Etat.A_ENVOYER),
        ("RCPT", "450 liste grise", Etat.A_ENVOYER),
        ("RCPT", "550 inconnu", Etat.ECHEC),
        ("354", "451 plus tard", Etat.A_ENVOYER),
        ("DATA", "452 plein", Etat.A_ENVOYER),
        ("DATA", "554 refusé", Etat.ECHEC),
    ],
)
def test_given_an_smtp_refusal_when_delivered_then_retried_or_failed_by_its_code(
    smtp: ServeurSmtp, commande: str, reponse: str, etat: str
) -> None:
    smtp.reponses[commande] = reponse
    courriel = un_courriel()
    assert not courriels.deliver(courriel.pk)
    assert reread(courriel).etat == etat
    assert reponse.split(" ")[0] in reread(courriel).reponse


@pytest.mark.django_db
@pytest.mark.parametrize(("commande", "etat"), [("RCPT", Etat.A_ENVOYER), ("DATA", Etat.A_VERIFIER)])
def test_given_an_smtp_server_that_hangs_up_when_delivered_then_a_doubt_only_after_the_data(
    smtp: ServeurSmtp, commande: str, etat: str
) -> None:
    smtp.raccroche_apres = commande
    courriel = un_courriel()
    assert not courriels.deliver(courriel.pk)
    assert reread(courriel).etat == etat


@pytest.mark.django_db
def test_given_no_smtp_server_when_delivered_then_retried(smtp: ServeurSmtp, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    courriel = un_courriel()
    assert not courriels.deliver(courriel.pk)
    assert reread(courriel).etat == Etat.A_ENVOYER


def test_given_a_rude_goodbye_when_closing_then_the_answer_stands(caplog: Any) -> None:
    class Rude:
        def close(self) -> None:
            raise smtplib.SMTPServerDisconnected("parti")

    with caplog.at_level("INFO"):
        fournisseurs.Smtp._close(Rude())
    assert "goodbye" in caplog.text
