"""A base of any size for load tests: the demo's dossiers, made by the verbs, copied in bulk.

``graphe`` gathers the rows behind one dossier, ``gabarit`` turns them into a factory of copies,
``ecriture`` inserts in bulk, ``volume`` decides how many of each.
"""
