from socle.models.document import Document as Document
from socle.models.fichier import Antivirus as Antivirus
from socle.models.fichier import Fichier as Fichier
