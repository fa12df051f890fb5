"""Settings of the portal.

Without any environment the portal runs in local mode: SQLite, the filesystem broker and keys
under ``var/``. ``GEN_ENV=production`` refuses every local or demo value (see ``_production``).
"""

import logging.config
import os
import re
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()

GEN_ENV = env.str("GEN_ENV", "local")
if GEN_ENV not in {"local", "production"}:
    raise ImproperlyConfigured(f"GEN_ENV must be 'local' or 'production', not {GEN_ENV!r}.")
PRODUCTION = GEN_ENV == "production"
TESTING = "pytest" in sys.modules

#: Everything the local mode writes: database, keys, private files, broker, demo mails.
VAR_DIR = Path(env.str("GEN_VAR_DIR", str(BASE_DIR / "var")))


def _local_secret(name: str) -> str:
    """Return the local key called ``name``, made once under ``var/`` (0600, atomically)."""
    path = VAR_DIR / "cles" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(50))
        try:
            os.link(temporary, path)
        except FileExistsError:
            # Another process made it first: its key is the key.
            path.stat()
        finally:
            os.unlink(temporary)
    return path.read_text()


def _optional_secret(variable: str, default: str = "") -> str:
    """Read a secret from the file that ``<variable>_FILE`` names, or from the environment."""
    if file := env.str(f"{variable}_FILE", ""):
        if not Path(file).is_file():
            raise ImproperlyConfigured(f"{variable}_FILE names a file that is not there: {file}")
        return Path(file).read_text().strip()
    return env.str(variable, "") or default


def _secret(variable: str, local_name: str) -> str:
    """Read a secret that production must be given; the local mode makes its own."""
    if value := _optional_secret(variable):
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{variable} is required in production.")
    return _local_secret(local_name)


SECRET_KEY = _secret("GEN_SECRET_KEY", "django")
#: Keys of before a change: what they signed or encrypted is still read.
SECRET_KEY_FALLBACKS = [key for key in _optional_secret("GEN_SECRET_KEYS_ANCIENNES").split(",") if key]
DEBUG = env.bool("GEN_DEBUG", False)
#: What runs here, for the metrics and the backups; the image is built with it.
GEN_VERSION = env.str("GEN_VERSION", "locale")
#: The demo: one-click accounts, movable clock, mail on screen. Never in production.
GEN_DEMO = env.bool("GEN_DEMO", False)
ALLOWED_HOSTS = env.list(
    "GEN_ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("GEN_TRUSTED_ORIGINS", default=[])
#: Public address of the portal, for links in e-mails and PDFs.
GEN_URL = env.str("GEN_URL", "http://localhost:8000").rstrip("/")
#: The brand block of the header (the State's design system is reserved to State bodies).
GEN_MARQUE = env.str("GEN_MARQUE", "Grande École\ndu Numérique")
GEN_NOM_SITE = env.str("GEN_NOM_SITE", "Portail du label GEN")
GEN_COURRIEL_AIDE = env.str("GEN_COURRIEL_AIDE", "labellisation@gen.example")
GEN_TELEPHONE_AIDE = env.str("GEN_TELEPHONE_AIDE", "01 99 00 00 00")
GEN_ADRESSE = env.str("GEN_ADRESSE", "Grande École du Numérique\nService de la labellisation\n75000 Paris")

#: What the legal pages say.
GEN_EDITEUR = env.str("GEN_EDITEUR", "Groupement d’intérêt public « Grande École du Numérique »")
GEN_DIRECTEUR_PUBLICATION = env.str(
    "GEN_DIRECTEUR_PUBLICATION",
    "La personne qui dirige la Grande École du Numérique" if not PRODUCTION else "",
)
GEN_HEBERGEUR = env.str(
    "GEN_HEBERGEUR",
    "Installation locale : ce portail n’est pas hébergé pour le public." if not PRODUCTION else "",
)
GEN_CONTACT_DPO = env.str("GEN_CONTACT_DPO", "dpo@gen.example")
#: What the page on personal data says, line by line (R44). Periods are GEN's to decide.
GEN_CONSERVATION = [
    {
        "donnees": "Compte : nom, adresse électronique, fonction, téléphone",
        "finalite": "Vous connecter, vous écrire au sujet de vos dossiers",
        "acces": "Vous, les responsables de votre structure, les agents habilités de la GEN",
        "duree": env.str("GEN_CONSERVATION_COMPTES", "Jusqu’à deux ans après votre dernière connexion"),
    },
    {
        "donnees": "Dossiers : équipe et CV, partenaires, représentant légal, pièces jointes",
        "finalite": "Instruire la demande, contacter les partenaires cités, décider",
        "acces": "Votre structure, les agents habilités de la GEN, le comité de labellisation",
        "duree": env.str("GEN_CONSERVATION_DOSSIERS", "Dix ans après la fin de la convention ou la décision"),
    },
    {
        "donnees": "Messages échangés avec la GEN sur un dossier, et leurs fichiers",
        "finalite": "Répondre à vos questions pendant l’examen du dossier",
        "acces": "Les membres de votre structure, les agents habilités de la GEN",
        "duree": env.str("GEN_CONSERVATION_DOSSIERS", "Dix ans après la fin de la convention ou la décision"),
    },
    {
        "donnees": "Apprenants : identité, adresse, situation avant et après la formation",
        "finalite": "Vérifier les publics accueillis et les résultats de la formation",
        "acces": "L’organisme de formation pour ses propres apprenants, les agents habilités de la GEN",
        "duree": env.str(
            "GEN_CONSERVATION_APPRENANTS",
            "Nominatives jusqu’à la situation à six mois et au rapport annuel acceptés, "
            "puis archivées deux ans en accès restreint, puis anonymisées",
        ),
    },
    {
        "donnees": "Traces de connexion et journaux techniques",
        "finalite": "Sécurité du portail",
        "acces": "Les administrateurs du portail",
        "duree": env.str("GEN_CONSERVATION_TRACES", "Six mois"),
    },
]
#: An invitation to join a structure can be accepted for this many days.
GEN_INVITATION_JOURS = env.int("GEN_INVITATION_JOURS", 14)
#: « Voir comme »: who may (administrators; the direction may be added), and for how many minutes.
GEN_VOIR_COMME_ROLES = env.list("GEN_VOIR_COMME_ROLES", default=["administrateur"])
if unknown := set(GEN_VOIR_COMME_ROLES) - {"administrateur", "direction"}:
    raise ImproperlyConfigured(f"GEN_VOIR_COMME_ROLES: administrateur or direction, not {sorted(unknown)}.")
GEN_VOIR_COMME_MINUTES = env.int("GEN_VOIR_COMME_MINUTES", 30)

INSTALLED_APPS = [
    "dsfr",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "gen_portal.apps.PortalStaticFilesConfig",
    "widget_tweaks",
    "crispy_forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "rules.apps.AutodiscoverRulesConfig",
    "csp",
    "socle",
    "referentiels",
    "comptes",
    "candidatures",
    "labellisation",
    "suivi",
    "pilotage",
    "gen_portal.apps.PortalAdminConfig",
    "gen_portal.apps.GenPortalConfig",
]

MIDDLEWARE = [
    "socle.middleware.ArrivalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "socle.middleware.RequestIdMiddleware",
    "socle.middleware.AccessLogMiddleware",
    "socle.middleware.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "socle.middleware.AddressMiddleware",
    "socle.middleware.MethodsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "socle.middleware.ClockMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "comptes.gardien.DoorMiddleware",
    "socle.middleware.ScriptLoginMiddleware",
    "comptes.middleware.StructureMiddleware",
    # Innermost: what stands above sees the agent, the views see the person seen.
    "comptes.middleware.VoirCommeMiddleware",
]

ROOT_URLCONF = "gen_portal.urls"
WSGI_APPLICATION = "gen_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gen_portal.context_processors.portal",
            ],
            "builtins": ["socle.templatetags.typographie"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database ------------------------------------------------------------------------------
DATABASE_URL = _optional_secret("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portail.sqlite3'}")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
_database = DATABASES["default"]
if _password := _optional_secret("GEN_DB_PASSWORD"):
    _database["PASSWORD"] = _password
if _database["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;"),
    }
else:
    # Compiling a query costs seconds on a busy machine, for pages that read in milliseconds: with it,
    # the home page of a porteur of sixty labels spent 12.5 s of 12.6 in the compiler.
    _database.setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
    if env.bool("GEN_DB_POOL", False):
        _database["OPTIONS"]["pool"] = True
_database["ATOMIC_REQUESTS"] = False

# --- Cache and sessions --------------------------------------------------------------------
REDIS_URL = _optional_secret("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "socle.cache.SafeRedisCache",
            "LOCATION": REDIS_URL,
            "OPTIONS": {
                "socket_connect_timeout": 1,
                "socket_timeout": 1,
                "secours": VAR_DIR / "cache",
            },
        }
    }
else:
    # Shared between the web processes of the local mode (rate limits count across them).
    CACHES = {
        "default": {
            "BACKEND": "socle.cache.LockedFileCache",
            "LOCATION": VAR_DIR / "cache",
        }
    }
# Drawn pages of PDFs weigh too much for the memory that the counters and the wake-ups share. Each machine
# has its own: 300 pages are some 60 MB at most.
CACHES["apercus"] = {
    "BACKEND": "socle.cache.ForgetfulFileCache",
    "LOCATION": VAR_DIR / "apercus",
    "OPTIONS": {"MAX_ENTRIES": 300},
}
#: Minutes without activity, and in all, after which a session ends; shorter for the roles that
#: an administrator gives. By the machine's clock.
GEN_SESSION_INACTIVITE = env.int("GEN_SESSION_INACTIVITE", 4 * 60)
GEN_SESSION_DUREE = env.int("GEN_SESSION_DUREE", 12 * 60)
GEN_SESSION_INACTIVITE_ROLES = env.int("GEN_SESSION_INACTIVITE_ROLES", 60)
GEN_SESSION_DUREE_ROLES = env.int("GEN_SESSION_DUREE_ROLES", 10 * 60)
#: Days for which sign-ins and failures are kept.
GEN_TRACES_JOURS = env.int("GEN_TRACES_JOURS", 183)
SESSION_COOKIE_AGE = 60 * max(GEN_SESSION_DUREE, GEN_SESSION_DUREE_ROLES)
#: What a visitor without an account may ask, by address; allauth limits the account pages itself.
GEN_LIMITES = {
    "api": env.str("GEN_LIMITE_API", "120/m/ip"),
    "verification": env.str("GEN_LIMITE_VERIFICATION", "60/m/ip"),
    "reclamation": env.str("GEN_LIMITE_RECLAMATION", "20/h/ip"),
    "signature": env.str("GEN_LIMITE_SIGNATURE", "20/m/ip"),
}
_rate = r"[1-9]\d*/\d*[smhd]/ip"
if wrong := sorted(rate for rate in GEN_LIMITES.values() if not re.fullmatch(rf"{_rate}(, ?{_rate})*", rate)):
    raise ImproperlyConfigured(f"GEN_LIMITE_…: a rate is written as 60/m/ip, not {wrong}.")
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "gen_portal.views.errors.csrf_failure"

# --- Accounts ------------------------------------------------------------------------------
AUTH_USER_MODEL = "comptes.Utilisateur"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    # Tests open hundreds of accounts: they don't prove how slow a hash is.
    "django.contrib.auth.hashers.MD5PasswordHasher"
    if TESTING
    else "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "nom", "prenom")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accueil"
LOGOUT_REDIRECT_URL = "accueil"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
#: A sign-in, or a password typed again, is fresh for this many seconds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
#: Whoever changes a password or a factor, the person hears of it by e-mail.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "comptes.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "comptes.forms.ConnexionForm",
    "signup": "comptes.forms.InscriptionForm",
    "change_password": "comptes.forms.ChangerMotDePasseForm",
    "reset_password": "comptes.forms.MotDePasseOublieForm",
    "reset_password_from_key": "comptes.forms.NouveauMotDePasseForm",
    "reauthenticate": "comptes.forms.ConfirmerIdentiteForm",
    "confirm_email_verification_code": "comptes.forms.CodeAdresseForm",
    "confirm_password_reset_code": "comptes.forms.CodeMotDePasseForm",
    "request_login_code": "comptes.forms.DemandeCodeForm",
    "confirm_login_code": "comptes.forms.CodeConnexionForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("GEN_TRUSTED_PROXIES", 0)
#: The second factor that some roles must show (DOMAIN §1). The demo alone does without, and says so.
GEN_SECOND_FACTEUR = env.bool("GEN_SECOND_FACTEUR", not GEN_DEMO)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "comptes.adapters.SecondFacteurAdapter"
MFA_TOTP_ISSUER = GEN_NOM_SITE
#: One step of 30 s before and after: clocks of telephones drift, and people type slowly.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "comptes.forms.SecondFacteurForm",
    "reauthenticate": "comptes.forms.ConfirmerSecondFacteurForm",
    "activate_totp": "comptes.forms.ActiverApplicationForm",
    "add_webauthn": "comptes.forms.AjouterCleForm",
    "edit_webauthn": "comptes.forms.RenommerCleForm",
}

#: OpenID Connect (ProConnect): without a server, no button and no address.
GEN_OIDC_SERVEUR = env.str("GEN_OIDC_SERVEUR", "").rstrip("/")
GEN_OIDC_ORIGINE = "/".join(GEN_OIDC_SERVEUR.split("/")[:3])
GEN_OIDC_ID = env.str("GEN_OIDC_ID", "proconnect")
GEN_OIDC_NOM = env.str("GEN_OIDC_NOM", "ProConnect")
GEN_OIDC_CLIENT = env.str("GEN_OIDC_CLIENT", "")
GEN_OIDC_SECRET = (
    _secret("GEN_OIDC_SECRET", "")
    if env.str("GEN_OIDC_SECRET", "") or env.str("GEN_OIDC_SECRET_FILE", "")
    else ""
)
#: Userinfo must be a signed JWT, as ProConnect's is.
GEN_OIDC_SIGNE = env.bool("GEN_OIDC_SIGNE", True)
#: The provider never gives an address that it has not verified, and does not say so each time.
GEN_OIDC_COURRIEL_SUR = env.bool("GEN_OIDC_COURRIEL_SUR", False)
#: Values of acr and amr that stand for our own second factor; none by default.
GEN_OIDC_ACR_FORTS = env.list("GEN_OIDC_ACR_FORTS", default=[])
GEN_OIDC_AMR_FORTS = env.list("GEN_OIDC_AMR_FORTS", default=[])


def openid_providers(serveur: str, client: str, secret: str) -> dict[str, Any]:
    """Return the provider as allauth reads it."""
    application = {
        "provider_id": GEN_OIDC_ID,
        "name": GEN_OIDC_NOM,
        "client_id": client,
        "secret": secret,
        "settings": {
            "server_url": serveur,
            "scope": env.list("GEN_OIDC_SCOPES", default=["openid", "given_name", "usual_name", "email"]),
            "auth_params": {"acr_values": " ".join(GEN_OIDC_ACR_FORTS)} if GEN_OIDC_ACR_FORTS else {},
        },
    }
    return {"openid": {"APPS": [application] if serveur else []}}


SOCIALACCOUNT_PROVIDERS = openid_providers(GEN_OIDC_SERVEUR, GEN_OIDC_CLIENT, GEN_OIDC_SECRET)
SOCIALACCOUNT_ADAPTER = "comptes.adapters.OpenIDAccountAdapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5

# --- Language and time ---------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_TZ = True
FORMAT_MODULE_PATH = ["gen_portal.formats"]
#: Our words before those of the dependencies.
LOCALE_PATHS = [BASE_DIR / "gen_portal" / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

# --- Files ---------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = env.str(
    "GEN_STATIC_ROOT", str(BASE_DIR / "staticfiles" if PRODUCTION else VAR_DIR / "statiques")
)
#: Collected beforehand: named by fingerprint, compressed, kept for ever by the browser (decision 0013).
STATIQUES_PRETS = env.bool("GEN_STATIQUES_PRETS", PRODUCTION)
if not STATIQUES_PRETS:
    # Served from where they are (finders); whitenoise still wants the folder to exist.
    Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
PRIVATE_ROOT = env.str("GEN_PRIVATE_ROOT", str(VAR_DIR / "prive"))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if STATIQUES_PRETS
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        ),
    },
}
if env.str("GEN_S3_BUCKET", ""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("GEN_S3_BUCKET"),
            "endpoint_url": env.str("GEN_S3_ENDPOINT", None),
            "access_key": _optional_secret("GEN_S3_ACCESS_KEY") or None,
            "secret_key": _optional_secret("GEN_S3_SECRET_KEY") or None,
            "default_acl": None,
            "file_overwrite": False,
        },
    }
WHITENOISE_USE_FINDERS = not STATIQUES_PRETS
#: Nothing asks for a file by its plain name: half as many files, none that a cache could keep too long.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
#: Tests make many clients: none of them should list every icon of the design system first.
WHITENOISE_AUTOREFRESH = TESTING
FILE_UPLOAD_PERMISSIONS = 0o600
#: Largest attachment, in bytes (R12).
GEN_FICHIER_MAX = env.int("GEN_FICHIER_MAX", 20 * 1024 * 1024)
#: Files that one place of a dossier holds.
GEN_PIECES_PAR_PLACE = 20
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

#: Antivirus: "clamd" (address in GEN_CLAMD), "signatures" (the demo's: EICAR only, refused in
#: production) or "eteint" (everything stays in quarantine).
GEN_ANTIVIRUS = env.str("GEN_ANTIVIRUS", "clamd" if PRODUCTION else ("signatures" if GEN_DEMO else "eteint"))
GEN_CLAMD = env.str("GEN_CLAMD", "127.0.0.1:3310")

# --- Mail ----------------------------------------------------------------------------------
#: Provider of outgoing mail: "smtp" (EMAIL_URL) or "demo" (files under var/, shown on screen).
GEN_COURRIEL_FOURNISSEUR = env.str("GEN_COURRIEL_FOURNISSEUR", "smtp" if PRODUCTION else "demo")
GEN_COURRIEL_EXPEDITEUR = env.str(
    "GEN_COURRIEL_EXPEDITEUR", "Grande École du Numérique <ne-pas-repondre@gen.example>"
)
DEFAULT_FROM_EMAIL = GEN_COURRIEL_EXPEDITEUR
GEN_DEMO_COURRIELS = Path(env.str("GEN_DEMO_COURRIELS", str(VAR_DIR / "courriels")))
if GEN_COURRIEL_FOURNISSEUR == "smtp":
    vars().update(env.email_url_config(_optional_secret("EMAIL_URL") or env.str("EMAIL_URL")))
    EMAIL_TIMEOUT = 10

# --- Tasks ---------------------------------------------------------------------------------
CELERY_BROKER_URL = _optional_secret("CELERY_BROKER_URL", REDIS_URL or "filesystem://")
if CELERY_BROKER_URL.startswith("filesystem"):
    _broker = VAR_DIR / "broker"
    for _folder in ("messages", "traites", "controle"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "processed_folder": str(_broker / "traites"),
        "control_folder": str(_broker / "controle"),
        "store_processed": False,
        "polling_interval": 0.02,
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 1,
        "socket_timeout": 1,
        "retry_on_timeout": False,
        "max_retries": 0,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Europe/Paris"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
#: Beat only ticks the sweeps (DESIGN, work in the background). Seconds.
GEN_TICK = env.int("GEN_TICK", 60)
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "socle.sweep", "schedule": GEN_TICK},
}

# --- Monitoring ----------------------------------------------------------------------------
#: Opens /metriques/ to a machine ("Authorization: Bearer …"); without one, only to administrators.
GEN_METRIQUES_JETON = _optional_secret("GEN_METRIQUES_JETON")

# --- Clock ---------------------------------------------------------------------------------
#: Header in which the trusted proxy writes the arrival of the request's first byte (R4), as
#: "t=<seconds since the epoch>"; empty: the outermost middleware takes the time.
GEN_ENTETE_ARRIVEE = env.str("GEN_ENTETE_ARRIVEE", "")

# --- Choices of the domain (DOMAIN, every [choice]) ------------------------------------------
#: Messages that one person may send on one dossier in an hour.
GEN_MESSAGES_PAR_HEURE = env.int("GEN_MESSAGES_PAR_HEURE", 20)
#: Hours before a relevé during which pages count down to it.
GEN_COMPTE_A_REBOURS_HEURES = 72
#: Minutes between two sendings of a receipt to the same person.
GEN_RENVOI_MINUTES = 10
GEN_REGLES: dict[str, Any] = {
    "heures_minimum": 400,  # criterion 3
    "mois_maximum": 18,  # criterion 3
    "mois_maximum_distance": 6,  # criterion 3
    "module_mixte_part_distance": 50,  # percent: above, a mixte module counts as distance (criterion 3)
    "mois_un_an": 12,  # months from which a formation lasts a year (criterion 6)
    "age_public_gen": 26,  # R15a
    "apprenants_minimum_par_session": 10,  # criterion 6
    "apprenants_session_tres_grande": 50,  # criterion 6, "grand nombre d'apprenants"
    "premiere_session_mois": 3,  # criterion 6
    "report_maximum_mois": 2,  # CdC 3a
    "session_a_redater_mois": 2,  # from the signature, for a session whose date had passed (§9)
    "accompagnement_part_minimum": 10,  # percent, selection criterion 5 (R17)
    "attestation_recente_mois": 6,  # criterion 10
    # Months beyond which an official list proves no absence (criteria 2, 10).
    "liste_officielle_recente_mois": 6,
    # Words, without accents, by which a resource of the budget seems to come from learners (criterion 7).
    "ressources_des_apprenants": ("apprenant", "stagiaire", "participant", "autofinancement", "candidat"),
    "note_modifiable_heures": 24,  # a note between instructors, by its author
    "ecart_critere_harmonisation": 200,  # hundredths, R21
    "ecart_score_harmonisation": 100,  # hundredths, R21
    "label_annees": 3,  # R22
    "renouvellement_ouvert_jours": 180,  # before the end of the label (R13)
    "priorite_part_minimum": 30,  # percent, of women, of QPV or ZRR residents (CdC 1c, R37)
    "quorum_seance": 2,  # members present at least, unless the convocation says otherwise (R37)
    "rejet_implicite_mois": 2,  # R11
    "recours_mois": 2,  # R18
    "complements_reponse_jours": 15,  # proposed to answer a request for compléments (R16)
    "complements_reponse_jours_maximum": 365,  # the silence of GEN stops meanwhile (R16)
    # Minutes after the last day during which an answer that arrived in time may still come (R16): as long
    # as the portal takes the arrival that its proxy notes.
    "complements_battement_minutes": 60,
    "confirmation_espace_mois": 3,
    "rapport_annuel_limite": (1, 31),  # month, day: accepted until that day inclusive
    "rapport_annuel_rappel": (1, 30),  # reminder steps count from this day
    "code_signature_minutes": 15,
    "lien_signature_jours": 60,
}

# --- Security ------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The sign-in form leads to the provider, and so does the sign-out.
        "form-action": [SELF, *([GEN_OIDC_ORIGINE] if GEN_OIDC_SERVEUR else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_SSL_REDIRECT = env.bool("GEN_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
    # To enter the browsers' own list binds every name of the domain, for years: not ours to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W021"]

# --- Forms ---------------------------------------------------------------------------------
CRISPY_ALLOWED_TEMPLATE_PACKS = ["dsfr"]
CRISPY_TEMPLATE_PACK = "dsfr"
CRISPY_FAIL_SILENTLY = False
DSFR_MARK_OPTIONAL_FIELDS = True
#: Whitenoise rewrites addresses inside the style sheets: the published checksums no longer fit.
DSFR_USE_INTEGRITY_CHECKSUMS = False

# --- Logs ----------------------------------------------------------------------------------
LOGGING_CONFIG = None
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "socle.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "socle.logs.FormatJson",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
        },
        "text": {
            "()": "socle.logs.FormatTexte",
            "fmt": "%(asctime)s %(levelname)-7s %(name)s %(message)s",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if PRODUCTION else "text",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("GEN_LOG_LEVEL", "INFO")},
    "loggers": {
        # In production the line of each request tells its status; tests and the demo have enough lines.
        "gen.acces": {"level": "INFO" if PRODUCTION else "WARNING"},
        "django.request": {"level": "ERROR" if TESTING else "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
logging.config.dictConfig(LOGGING)


def _smtp_server() -> str:
    """Return the server of outgoing mail, nothing for a backend that sends nothing."""
    if not globals().get("EMAIL_BACKEND", "").endswith("smtp.EmailBackend"):
        return ""
    return globals().get("EMAIL_HOST") or ""


def _is_local_name(host: str) -> bool:
    """Tell whether a host name can only be this machine's, or is reserved for examples (RFC 2606)."""
    name = host.strip("[]").rstrip(".").lower()
    reserved = ("localhost", "example", "test", "testserver", "invalid")
    return name in {"", "*", "0.0.0.0", "::1"} or name.startswith("127.") or name.split(".")[-1] in reserved


def _is_in_checkout(path: str) -> bool:
    """Tell whether a path is one that the local mode writes: keys and files of development."""
    return Path(path).resolve().is_relative_to(BASE_DIR / "var")


def _production() -> None:
    """Refuse to start in production with any local or demo value.

    A database, a Redis or a mail relay on the same host is allowed: small installations have one.
    """
    private_root = env.str("GEN_PRIVATE_ROOT", "")
    refused = {
        "GEN_DEBUG": DEBUG,
        "GEN_DEMO": GEN_DEMO,
        "GEN_SECOND_FACTEUR (off)": not GEN_SECOND_FACTEUR,
        "GEN_ALLOWED_HOSTS (missing, * or local)": not ALLOWED_HOSTS
        or any(map(_is_local_name, ALLOWED_HOSTS)),
        "GEN_URL (https and a public name required)": not GEN_URL.startswith("https://")
        or _is_local_name(urlsplit(GEN_URL).hostname or ""),
        "GEN_TRUSTED_ORIGINS (https and public names required)": any(
            not origin.startswith("https://") or _is_local_name(urlsplit(origin).hostname or "")
            for origin in CSRF_TRUSTED_ORIGINS
        ),
        "GEN_OIDC_SERVEUR (https, GEN_OIDC_CLIENT and GEN_OIDC_SECRET)": bool(GEN_OIDC_SERVEUR)
        and not (GEN_OIDC_SERVEUR.startswith("https://") and GEN_OIDC_CLIENT and GEN_OIDC_SECRET),
        "DATABASE_URL (PostgreSQL required)": "postgresql" not in _database["ENGINE"],
        "REDIS_URL (a Redis required)": not REDIS_URL.startswith(("redis://", "rediss://")),
        "CELERY_BROKER_URL (Redis or AMQP required)": not CELERY_BROKER_URL.startswith(
            ("redis://", "rediss://", "amqp://", "amqps://")
        ),
        "GEN_COURRIEL_FOURNISSEUR (smtp required)": GEN_COURRIEL_FOURNISSEUR != "smtp",
        "EMAIL_URL (an SMTP server required)": not _smtp_server(),
        "GEN_PRIVATE_ROOT or GEN_S3_BUCKET (missing)": not (private_root or env.str("GEN_S3_BUCKET", "")),
        "GEN_PRIVATE_ROOT (the local one)": bool(private_root) and _is_in_checkout(private_root),
        "GEN_ANTIVIRUS (clamd required)": GEN_ANTIVIRUS != "clamd",
        "GEN_CLAMD (missing)": not GEN_CLAMD.strip(),
        "GEN_SECRET_KEY_FILE (the local one)": _is_in_checkout(os.environ.get("GEN_SECRET_KEY_FILE", "/")),
        "GEN_SECRET_KEY (too short)": len(SECRET_KEY) < 40,
        "GEN_COURRIEL_AIDE, GEN_COURRIEL_EXPEDITEUR (example address)": "example"
        in GEN_COURRIEL_AIDE + GEN_COURRIEL_EXPEDITEUR,
        "GEN_TELEPHONE_AIDE, GEN_ADRESSE (missing)": not (
            env.str("GEN_TELEPHONE_AIDE", "") and env.str("GEN_ADRESSE", "")
        ),
        "GEN_HEBERGEUR (missing)": not GEN_HEBERGEUR.strip(),
        "GEN_MARQUE, GEN_NOM_SITE (blank)": not (GEN_MARQUE.strip() and GEN_NOM_SITE.strip()),
        "GEN_DIRECTEUR_PUBLICATION (missing)": not GEN_DIRECTEUR_PUBLICATION.strip(),
        "GEN_CONTACT_DPO (example address)": "example" in GEN_CONTACT_DPO,
    }
    if wrong := [name for name, bad in refused.items() if bad]:
        raise ImproperlyConfigured("Refused in production: " + "; ".join(wrong) + ".")


if PRODUCTION:
    _production()
