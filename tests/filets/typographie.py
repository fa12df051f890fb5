"""What French typography forbids in a text: an ordinary space where none may break, a straight apostrophe."""

import re

#: After an ordinary space (or at the beginning of a line): what must hold on to the word before it.
FAUTES = re.compile(r"[ \n][;:!?»](?!\w|//)|« |\w'\w|\d h(?: \d|\b(?=[ \n]))")


def check_typography(texte: str) -> None:
    """Check a text that people read."""
    fautes = [texte[max(0, faute.start() - 20) : faute.end() + 10] for faute in FAUTES.finditer(texte)]
    assert not fautes, fautes
