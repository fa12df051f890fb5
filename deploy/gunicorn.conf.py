"""gunicorn in production: docs/operations.md says how to size it."""

import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
#: Processes and threads of one replica. A thread holds at most one connection to PostgreSQL.
workers = int(os.environ.get("WEB_CONCURRENCY", "3"))
threads = int(os.environ.get("GEN_THREADS", "4"))
#: A worker silent for so long is replaced; the longest page is far shorter.
timeout = 60
#: A stop lets the requests under way end; keep the engine's own patience above it.
graceful_timeout = 30
#: Longer than the proxy keeps an idle connection, or it would write into one just closed.
keepalive = 75
#: A slow leak never lives long; the jitter keeps the processes from ending together.
max_requests = 2000
max_requests_jitter = 400
#: The heartbeat of the workers must not wait for a disk.
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
#: The proxy alone can reach this port (networks of docker-compose.yml).
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
#: The portal writes one line per request itself, without paths: they may hold a signed link.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "socle.logs.FormatJson",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
