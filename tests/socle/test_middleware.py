"""What surrounds every request: arrival, id, clock, and a session that ends under a script."""

import gzip
import io
import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.test import Client, RequestFactory
from django.urls import path

from socle import horloge, logs
from socle.middleware import (
    ArrivalMiddleware,
    ClockMiddleware,
    CompressionMiddleware,
    MethodsMiddleware,
    RequestIdMiddleware,
    ScriptLoginMiddleware,
)

REEL = datetime(2021, 9, 30, 21, 59, 59, 900000, tzinfo=UTC)
ENTETE = "X-Arrivee"


# --- Pages to ask for -----------------------------------------------------------------------------
def protegee(request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


@login_not_required
def ouverte(request: Any) -> HttpResponse:
    seen = (request.arrivee.isoformat(), horloge.now().isoformat(), logs.request_id())
    return HttpResponse("|".join(seen))


@login_not_required
def ailleurs(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/ouverte/")


urlpatterns = [
    path("", ouverte, name="accueil"),
    path("ouverte/", ouverte),
    path("ailleurs/", ailleurs),
    path("protegee/", protegee),
    path("connexion/", ouverte, name="account_login"),
]


@pytest.fixture
def pages(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


# --- Methods ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("methode", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_given_a_method_that_no_page_has_then_it_is_refused_before_the_page(methode: str) -> None:
    answer = MethodsMiddleware(protegee)(RequestFactory().generic(methode, "/"))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("methode", ["GET", "HEAD", "POST"])
def test_given_a_method_of_the_pages_then_it_goes_on(methode: str) -> None:
    assert MethodsMiddleware(protegee)(RequestFactory().generic(methode, "/")).status_code == 200


# --- Arrival (R4) ------------------------------------------------------------------------------------
def arrival(entete: str | None = None) -> datetime:
    headers = {} if entete is None else {ENTETE: entete}
    request: Any = RequestFactory().get("/", headers=headers)
    with time_machine.travel(REEL, tick=False):
        ArrivalMiddleware(lambda request: HttpResponse())(request)
    assert request.arrivee == request.arrivee_reelle
    return request.arrivee


def epoch(instant: datetime) -> str:
    return f"t={instant.timestamp():.3f}"


@pytest.mark.regle("R4")
class TestArrival:
    """The first byte's instant, from the trusted proxy or from the outermost middleware."""

    def test_given_no_trusted_proxy_when_a_header_is_sent_then_it_is_ignored(self) -> None:
        assert arrival() == REEL
        assert arrival(epoch(REEL - timedelta(minutes=1))) == REEL

    @pytest.mark.parametrize(
        ("entete", "avance"),
        [
            ("t=1633039199.900", timedelta()),
            ("t=1633039199", timedelta(milliseconds=-900)),
            ("t=1633039199.000001", timedelta(microseconds=-899999)),
            (" t=1633039139.9 ", timedelta(minutes=-1)),
            (epoch(REEL - timedelta(hours=1)), timedelta(hours=-1)),
        ],
    )
    def test_given_the_proxy_s_header_when_plausible_then_it_is_the_arrival(
        self, settings: Any, entete: str, avance: timedelta
    ) -> None:
        settings.GEN_ENTETE_ARRIVEE = ENTETE

        assert arrival(entete) == REEL + avance

    def test_given_a_proxy_slightly_ahead_when_read_then_never_later_than_now(
        self, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.GEN_ENTETE_ARRIVEE = ENTETE

        assert arrival(epoch(REEL + timedelta(seconds=1))) == REEL
        assert not caplog.records

    @pytest.mark.parametrize(
        "entete",
        [
            epoch(REEL + timedelta(seconds=1, milliseconds=1)),
            epoch(REEL - timedelta(hours=1, milliseconds=1)),
            "t=99999999999",
            "t=0",
            "t=",
            "",
            "1633039199.900",
            "t=1633039199,900",
            "t=1633039199.900, t=1633039000",
            "t=-1",
            "t=1e9",
            "t=nan",
            "t=" + "9" * 400,
        ],
    )
    def test_given_a_header_that_cannot_be_when_read_then_logged_and_ignored(
        self, settings: Any, caplog: pytest.LogCaptureFixture, entete: str
    ) -> None:
        settings.GEN_ENTETE_ARRIVEE = ENTETE

        with caplog.at_level(logging.WARNING, "socle.middleware"):
            assert arrival(entete) == REEL
        assert "not plausible" in caplog.text

    def test_given_a_request_past_the_proxy_when_no_header_then_the_time_here(
        self, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.GEN_ENTETE_ARRIVEE = ENTETE

        assert arrival() == REEL
        assert not caplog.records

    @pytest.mark.usefixtures("pages")
    @pytest.mark.django_db
    def test_given_the_whole_stack_when_a_page_is_asked_then_it_sees_its_arrival(
        self, client: Client, settings: Any
    ) -> None:
        settings.GEN_ENTETE_ARRIVEE = ENTETE
        with time_machine.travel(REEL, tick=False):
            reponse = client.get("/ouverte/", headers={ENTETE: epoch(REEL - timedelta(seconds=3))})

        arrivee, now, _ = reponse.content.decode().split("|")
        assert arrivee == (REEL - timedelta(seconds=3)).isoformat()
        assert now == REEL.isoformat()

    def test_given_the_settings_when_read_then_the_arrival_stands_outermost(self, settings: Any) -> None:
        assert settings.MIDDLEWARE[0] == "socle.middleware.ArrivalMiddleware"


# --- Clock (R7) ----------------------------------------------------------------------------------------
@pytest.mark.regle("R7")
@pytest.mark.django_db
class TestClock:
    """The demo's shift, read once per request."""

    def run(self, vue: Any) -> Any:
        request: Any = RequestFactory().get("/")
        ArrivalMiddleware(ClockMiddleware(vue))(request)
        return request

    def test_given_the_demo_when_a_request_runs_then_arrival_and_now_are_shifted_by_one_query(
        self, settings: Any, django_assert_num_queries: Any
    ) -> None:
        settings.GEN_DEMO = True
        cible = datetime(2021, 9, 20, 8, tzinfo=UTC)
        seen: list[datetime] = []

        def vue(request: HttpRequest) -> HttpResponseBase:
            seen.extend([horloge.now(), horloge.now()])
            return HttpResponse()

        with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
            horloge.advance_to(cible)
            with django_assert_num_queries(1):
                request = self.run(vue)

        assert [request.arrivee, *seen] == [cible] * 3
        assert request.arrivee_reelle == datetime(2026, 1, 1, tzinfo=UTC)

    def test_given_production_when_a_request_runs_then_no_query(self, django_assert_num_queries: Any) -> None:
        with time_machine.travel(REEL, tick=False), django_assert_num_queries(0):
            request = self.run(lambda request: HttpResponse())
        assert request.arrivee == REEL

    def test_given_a_view_that_fails_when_the_next_request_comes_then_the_offset_is_read_again(
        self, settings: Any
    ) -> None:
        settings.GEN_DEMO = True

        def fail(request: HttpRequest) -> HttpResponseBase:
            raise RuntimeError("panne")

        with time_machine.travel(REEL, tick=False):
            with pytest.raises(RuntimeError, match="panne"):
                self.run(fail)
            horloge.advance_to(REEL + timedelta(days=1))
            assert self.run(lambda request: HttpResponse()).arrivee == REEL + timedelta(days=1)


# --- Request id -------------------------------------------------------------------------------------------
class TestRequestId:
    """One id per request, in its logs and in its answer."""

    def run(self, given: str | None = None) -> tuple[str, str]:
        seen: list[str] = []

        def vue(request: HttpRequest) -> HttpResponseBase:
            record = logging.makeLogRecord({"msg": "x"})
            assert logs.RequestIdFilter().filter(record)
            seen.append(record.request_id)
            return HttpResponse()

        request = RequestFactory().get("/", headers={} if given is None else {"X-Request-ID": given})
        answer = RequestIdMiddleware(vue)(request)
        assert request.identifiant == seen[0]
        return seen[0], answer.headers["X-Request-ID"]

    def test_given_no_id_when_asked_then_a_new_uuid_each_time_in_logs_and_answer(self) -> None:
        first, second = self.run(), self.run()

        assert first[0] == first[1]
        assert uuid.UUID(first[0])
        assert first != second

    @pytest.mark.parametrize("given", ["0f3a9c1e-77", "abc.DEF_123", "a" * 64])
    def test_given_the_proxy_s_id_when_safe_then_kept(self, given: str) -> None:
        assert self.run(given) == (given, given)

    @pytest.mark.parametrize(
        "given", ["", "court", "a" * 65, "abcdefgh\n", "abcd efgh", "<script>1", 'ab"cdefgh', "éééééééé"]
    )
    def test_given_an_id_when_unsafe_then_replaced(self, given: str) -> None:
        logged, answered = self.run(given)
        assert logged == answered != given
        assert uuid.UUID(logged)

    def test_given_no_request_when_logged_then_a_dash_again_after_one(self) -> None:
        self.run()
        record = logging.makeLogRecord({"msg": "x"})
        logs.RequestIdFilter().filter(record)
        assert record.request_id == "-"

    def test_given_a_job_when_bound_then_its_lines_carry_its_key_until_the_end(self) -> None:
        with logs.bind("travail:12"):
            assert logs.request_id() == "travail:12"
        assert logs.request_id() == "-"

    @pytest.mark.usefixtures("pages")
    @pytest.mark.django_db
    def test_given_the_whole_stack_when_a_page_is_asked_then_the_view_logs_under_the_answered_id(
        self, client: Client
    ) -> None:
        reponse = client.get("/ouverte/")
        assert reponse.content.decode().split("|")[2] == reponse.headers["X-Request-ID"]


# --- Compression -----------------------------------------------------------------------------------------
TEXTE = "Un dossier se dépose avant le relevé. " * 40


def answered(reponse: HttpResponseBase, accepte: str = "gzip, br") -> HttpResponseBase:
    return CompressionMiddleware(lambda request: reponse)(
        RequestFactory().get("/", headers={"Accept-Encoding": accepte})
    )


@pytest.mark.parametrize("genre", ["text/html; charset=utf-8", "application/json", "text/plain"])
def test_given_a_page_or_data_when_the_browser_reads_gzip_then_it_comes_compressed_and_whole(
    genre: str,
) -> None:
    reponse = answered(HttpResponse(TEXTE, content_type=genre))
    assert reponse.headers["Content-Encoding"] == "gzip"
    assert reponse.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(reponse.content).decode() == TEXTE
    assert int(reponse.headers["Content-Length"]) < len(TEXTE)


def test_given_the_same_page_when_asked_for_again_then_its_compressed_length_varies() -> None:
    longueurs = {answered(HttpResponse(TEXTE)).headers["Content-Length"] for _ in range(40)}
    assert len(longueurs) > 1


@pytest.mark.parametrize(
    ("reponse", "accepte"),
    [
        (HttpResponse(TEXTE), "identity"),
        (HttpResponse(TEXTE, content_type="application/pdf"), "gzip"),
        (FileResponse(io.BytesIO(TEXTE.encode()), content_type="text/html"), "gzip"),
        (HttpResponse(TEXTE, headers={"Content-Encoding": "br"}), "gzip"),
        (HttpResponse("Court."), "gzip"),
    ],
    ids=["a browser that does not", "a file", "a file sent piece by piece", "compressed already", "short"],
)
def test_given_what_would_gain_nothing_when_sent_then_it_goes_as_it_is(
    reponse: HttpResponseBase, accepte: str
) -> None:
    avant = reponse.headers.get("Content-Encoding")
    rendue = answered(reponse, accepte)
    assert rendue.headers.get("Content-Encoding") == avant


# --- Expired session under a script ------------------------------------------------------------------------
@pytest.mark.usefixtures("pages")
@pytest.mark.django_db
class TestScriptLogin:
    """A fragment must not become the sign-in page."""

    def ask(self, client: Client, chemin: str, **headers: str) -> Any:
        return client.get(chemin, headers={"HX-Request": "true", **headers})

    def test_given_a_plain_request_when_signed_out_then_redirected_as_ever(self, client: Client) -> None:
        reponse = client.get("/protegee/")
        assert (reponse.status_code, reponse.headers["Location"]) == (302, "/connexion/?next=/protegee/")

    def test_given_a_script_s_request_when_signed_out_then_401_and_back_to_the_page_looked_at(
        self, client: Client
    ) -> None:
        reponse = self.ask(client, "/protegee/", **{"HX-Current-URL": "http://testserver/dossier/?section=3"})

        assert reponse.status_code == 401
        assert reponse.headers["HX-Redirect"] == "/connexion/?next=/dossier/%3Fsection%3D3"
        assert "Location" not in reponse.headers
        assert "HX-Request" in reponse.headers["Vary"]
        assert reponse.content == b""

    @pytest.mark.parametrize(
        "adresse", ["https://ailleurs.example/vol", "//ailleurs.example/vol", "javascript:1", ""]
    )
    def test_given_a_foreign_current_page_when_signed_out_then_the_home_comes_next(
        self, client: Client, adresse: str
    ) -> None:
        reponse = self.ask(client, "/protegee/", **{"HX-Current-URL": adresse})

        assert reponse.headers["HX-Redirect"] == "/connexion/?next=/"

    def test_given_a_script_s_request_when_redirected_elsewhere_or_answered_then_untouched(
        self, client: Client
    ) -> None:
        assert self.ask(client, "/ailleurs/").headers["Location"] == "/ouverte/"
        assert self.ask(client, "/ouverte/").status_code == 200

    def test_given_a_post_when_signed_out_then_401_too(self, client: Client) -> None:
        reponse = client.post(
            "/protegee/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/dossier/"}
        )
        assert (reponse.status_code, reponse.headers["HX-Redirect"]) == (401, "/connexion/?next=/dossier/")

    def test_given_cookies_of_the_redirect_when_turned_then_kept(self) -> None:
        def vue(request: HttpRequest) -> HttpResponseBase:
            reponse = HttpResponseRedirect("/connexion/?next=/x/")
            reponse.set_cookie("sessionid", "")
            return reponse

        request = RequestFactory().get("/x/", headers={"HX-Request": "true"})
        assert "sessionid" in ScriptLoginMiddleware(vue)(request).cookies
