"""Say at once whether a port is free. Runs with the system's Python, before anything is installed."""

from __future__ import annotations

import socket
import sys


def refusal(port: int) -> str:
    """Return why the demo cannot listen on ``port``: an empty text when it can."""
    if not 1 <= port <= 65535:
        return f"PORT={port} n’est pas un numéro de port : choisissez entre 1024 et 65535."
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the web server does: a port that only waits for its old connections to fade is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return f"Le port {port} est réservé au système : lancez « make demo PORT=8001 »."
        except OSError:
            return (
                f"Le port {port} est déjà pris : arrêtez ce qui l’occupe, "
                f"ou lancez « make demo PORT={port + 1} »."
            )
    return ""


if __name__ == "__main__":
    try:
        message = refusal(int(sys.argv[1]))
    except ValueError:
        message = f"PORT={sys.argv[1]} n’est pas un numéro de port."
    sys.exit(message or 0)
