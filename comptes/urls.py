from django.urls import path

from comptes.views import acces, compte, responsabilite, second_facteur, structure

app_name = "comptes"

urlpatterns = [
    path("comptes/", compte.mon_compte, name="mon-compte"),
    path("comptes/voir-comme/quitter/", compte.voir_comme_quitter, name="voir-comme-quitter"),
    path("comptes/voir-comme/terminee/", compte.voir_comme_terminee, name="voir-comme-terminee"),
    path("comptes/acces/", acces.mes_acces_et_connexions, name="mes-acces"),
    path("comptes/acces/fermer-les-autres/", acces.fermer_les_autres, name="sessions-fermer"),
    path("comptes/acces/<uuid:pk>/fermer/", acces.fermer, name="session-fermer"),
    path("comptes/second-facteur/", second_facteur.guide, name="second-facteur"),
    path("comptes/structure/", structure.liste, name="structures"),
    path("comptes/structure/agir/", structure.agir, name="structure-agir"),
    path("comptes/structure/nouvelle/", structure.creer, name="structure-creer"),
    path("comptes/structure/nouvelle/organismes/", structure.organismes, name="organismes"),
    path("comptes/structure/<uuid:pk>/", structure.detail, name="structure"),
    path("comptes/structure/<uuid:pk>/modifier/", structure.modifier, name="structure-modifier"),
    path("comptes/structure/<uuid:pk>/inviter/", structure.inviter, name="structure-inviter"),
    path(
        "comptes/structure/<uuid:pk>/membres/<uuid:membre>/retirer/",
        structure.retirer,
        name="membre-retirer",
    ),
    path(
        "comptes/structure/<uuid:pk>/transmettre/", responsabilite.transmettre, name="structure-transmettre"
    ),
    path(
        "comptes/structure/<uuid:pk>/transmettre/<uuid:transmission>/repondre/",
        responsabilite.repondre,
        name="transmission-repondre",
    ),
    path(
        "comptes/structure/<uuid:pk>/transmettre/<uuid:transmission>/retirer/",
        responsabilite.retirer,
        name="transmission-retirer",
    ),
    path(
        "comptes/structure/<uuid:pk>/demander-responsable/",
        responsabilite.demander,
        name="responsable-demander",
    ),
    path("comptes/structure/<uuid:pk>/quitter/", structure.quitter, name="structure-quitter"),
    path(
        "comptes/structure/<uuid:pk>/invitations/<uuid:invitation>/renvoyer/",
        structure.renvoyer,
        name="invitation-renvoyer",
    ),
    path(
        "comptes/structure/<uuid:pk>/invitations/<uuid:invitation>/retirer/",
        structure.retirer_invitation,
        name="invitation-retirer",
    ),
    path("comptes/invitation/<str:jeton>/", structure.invitation, name="invitation"),
]
