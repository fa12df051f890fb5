"""The image's health check: ask the portal, on this machine, under the name it answers to."""

import http.client
import os
import sys


def main() -> int:
    """Return 0 if the portal does its work; "dégradé" is still work."""
    hote = os.environ.get("GEN_ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    connexion = http.client.HTTPConnection("127.0.0.1", 8000, timeout=8)
    try:
        connexion.request("GET", "/sante/", headers={"Host": hote})
        return 0 if connexion.getresponse().status == 200 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connexion.close()


if __name__ == "__main__":
    sys.exit(main())
