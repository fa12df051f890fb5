from comptes.forms.base import (
    ChangerMotDePasseForm,
    CodeAdresseForm,
    CodeMotDePasseForm,
    ConfirmerIdentiteForm,
    ConnexionForm,
    InscriptionForm,
    MotDePasseOublieForm,
    NouveauMotDePasseForm,
    add_domain_errors,
)

__all__ = [
    "ChangerMotDePasseForm",
    "CodeAdresseForm",
    "CodeMotDePasseForm",
    "ConfirmerIdentiteForm",
    "ConnexionForm",
    "InscriptionForm",
    "MotDePasseOublieForm",
    "NouveauMotDePasseForm",
    "add_domain_errors",
]
