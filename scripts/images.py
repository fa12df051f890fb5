"""What no engine checks for us: our own rules on the Dockerfile and on docker-compose.yml.

The schema of the compose file is checked by check-jsonschema; what is here is what we want of it.
Prints ``file: what is wrong`` and exits with 1 when there is one.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts.etapes import RACINE

COMPOSE = "docker-compose.yml"
ATTENDUS = {"web", "worker", "beat", "migration", "base", "file", "antivirus", "stockage", "mandataire"}
#: Services that run to their end, or by hand: nobody asks them how they are.
SANS_SONDE = {"migration", "commande"}
#: Settings whose value opens something: only ever given as a file.
SECRETS = re.compile(r"(PASSWORD|SECRET|_KEY|JETON|TOKEN|EMAIL_URL|MOT_DE_PASSE)", re.IGNORECASE)
INSTRUCTION = re.compile(r"^([A-Z]+)\s+(.*)$")


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (match[1], match[2].strip()) for line in joined.splitlines() if (match := INSTRUCTION.match(line))
    ]


def pinned(image: str) -> bool:
    """Tell whether an image names a version (a stage of the same file has none to name)."""
    name = image.rpartition("/")[2]
    return "@sha256:" in image or (":" in name and not name.endswith(":latest"))


def check_dockerfile(text: str) -> Iterator[str]:
    """A small image that runs as nobody, holds no secret, and says how it is."""
    found = instructions(text)
    words = [word for word, _ in found]
    stages = [value.split() for word, value in found if word == "FROM"]
    for parts in stages:
        if not pinned(parts[0]):
            yield f"image sans version : {parts[0]}"
    if len(stages) < 2:
        yield "une seule étape : les outils de construction resteraient dans l’image"
    last = max((rank for rank, word in enumerate(words) if word == "FROM"), default=0)
    users = [value for word, value in found[last:] if word == "USER"]
    if not users or re.match(r"(root|0)\b", users[-1]):
        yield "l’image tournerait en root : il manque USER"
    if "HEALTHCHECK" not in words[last:]:
        yield "il manque HEALTHCHECK"
    if "ADD" in words:
        yield "ADD va chercher ou déballe : écrivez COPY"
    for word, value in found:
        names = re.findall(r"(\w+)=", value) if word in {"ENV", "ARG"} else []
        if word == "ARG" and "=" not in value:
            names = [value]
        for name in names:
            if SECRETS.search(name):
                yield f"{word} {name} : un secret resterait dans l’image"
        if word == "RUN" and "apt-get install" in value and "--no-install-recommends" not in value:
            yield "apt-get install sans --no-install-recommends"
        if word == "RUN" and "pip install" in value and "--require-hashes" not in value:
            yield "pip install sans --require-hashes"


def check_compose(content: dict[str, Any]) -> Iterator[str]:
    """Every service has a version, a health check and no secret in its environment; one way in."""
    services: dict[str, dict[str, Any]] = content["services"]
    for missing in sorted(ATTENDUS - set(services)):
        yield f"il manque le service {missing}"
    for name, service in sorted(services.items()):
        yield from (f"{name} : {text}" for text in check_service(name, service))
    declared = set(content.get("secrets", {}))
    used = {secret for service in services.values() for secret in service.get("secrets", [])}
    for secret in sorted(declared ^ used):
        yield f"secret déclaré ou employé d’un seul côté : {secret}"
    replicas = services.get("beat", {}).get("deploy", {}).get("replicas", 1)
    if replicas != 1:
        yield "beat : un seul"


def check_service(name: str, service: dict[str, Any]) -> Iterator[str]:
    """Check one service."""
    image = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", service.get("image", ""))
    if not pinned(image):
        yield f"image sans version : {image or '(aucune)'}"
    built = "build" in service
    disabled = service.get("healthcheck", {}).get("disable", False)
    if name in SANS_SONDE:
        if not disabled:
            yield "ne sert pas : sa sonde doit être coupée"
    elif disabled or ("healthcheck" not in service and not built):
        yield "sans sonde (healthcheck)"
    for setting, value in service.get("environment", {}).items():
        if SECRETS.search(setting) and not setting.endswith("_FILE"):
            yield f"{setting} : un secret se donne par un fichier"
        if setting.endswith("_FILE") and not str(value).startswith("/run/secrets/"):
            yield f"{setting} : hors de /run/secrets"
        if setting.endswith("_FILE") and str(value).rpartition("/")[2] not in service.get("secrets", []):
            yield f"{setting} : ce secret n’est pas donné au service"
        if re.search(r"://[^/@\s]*:[^/@\s]*@", str(value)):
            yield f"{setting} : mot de passe dans une adresse"
    if "ports" in service and name != "mandataire":
        yield "port ouvert : seul le mandataire l’est"
    if service.get("privileged"):
        yield "privileged"
    if built and not service.get("read_only"):
        yield "racine du système de fichiers modifiable"
    if service.get("restart", "no") == "no" and name not in SANS_SONDE:
        yield "ne redémarre pas"


def problems(root: Path) -> list[str]:
    """Return every breach."""
    compose = yaml.safe_load((root / COMPOSE).read_text())
    found = [f"Dockerfile: {text}" for text in check_dockerfile((root / "Dockerfile").read_text())]
    return found + [f"{COMPOSE}: {text}" for text in check_compose(compose)]


def main() -> int:
    """Print the breaches."""
    found = problems(RACINE)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
