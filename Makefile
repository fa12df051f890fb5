# Commands of the portal. What each one promises: docs/operations.md.
# Every recipe stays one line: the work is in scripts/, where it can be tested.
.DEFAULT_GOAL := help
.PHONY: help install install-demo demo demo-reset test test-all acces bench eyes lint docs-check

PORT ?= 8000
ARGS ?=
PYTHON_VENV := .venv/bin/python
export PYTHON

help: ## Affiche cette aide
	@echo "Portail du label GEN. Commandes :"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r nom texte; do printf '  make %-12s %s\n' "$$nom" "$$texte"; done

install: ## Prépare l’environnement Python (.venv), outils de développement compris
	@sh scripts/install.sh dev

install-demo:
	@sh scripts/install.sh base $(PORT)

demo: install-demo ## Lance la démonstration sur http://localhost:8000 (PORT=8001 pour changer de port)
	@$(PYTHON_VENV) -m scripts.demo --port $(PORT)

demo-reset: install-demo ## Efface les données de démonstration et recommence à neuf
	@$(PYTHON_VENV) -m scripts.demo --port $(PORT) --neuf

test: install ## Lance tous les tests qui n’ont besoin d’aucun service, sur SQLite
	@$(PYTHON_VENV) -m scripts.essais $(ARGS)

test-all: install ## Lance tout : SQLite, PostgreSQL, services, navigateur, accessibilité, antivirus
	@$(PYTHON_VENV) -m scripts.essais --tout $(ARGS)

acces: install ## Parcourt chaque adresse avec chaque personne et chaque méthode, sur SQLite
	@GEN_TEST_ACCES=1 $(PYTHON_VENV) -m scripts.essais tests/access $(ARGS)

bench: install ## Mesure les pages à 10 000 dossiers, sur PostgreSQL, contre leurs budgets
	@$(PYTHON_VENV) -m scripts.bench $(ARGS)

eyes: install ## Regarde chaque page, de chaque rôle, à chaque largeur ; images dans build/yeux/
	@$(PYTHON_VENV) -m scripts.yeux $(ARGS)

lint: install ## Vérifie le style, les types, les étages, les gabarits et les migrations
	@$(PYTHON_VENV) -m scripts.controles

docs-check: install ## Vérifie les liens de la documentation et les règles citées par les tests
	@$(PYTHON_VENV) -m scripts.docs_check
