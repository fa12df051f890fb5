from socle.models.courriel import Courriel as Courriel
from socle.models.document import Document as Document
from socle.models.echeance import Echeance as Echeance
from socle.models.echeance import Rappel as Rappel
from socle.models.fichier import Antivirus as Antivirus
from socle.models.fichier import Fichier as Fichier
from socle.models.travail import Travail as Travail
