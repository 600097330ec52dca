"""Every text stands in six languages, every refusal can be told, and no template speaks past the translators."""

from torg.kernel.i18n import check
from torg.kernel.i18n.messages import PACKAGE, Texts


def test_every_text_stands_in_every_language_and_no_template_speaks_by_itself():
    assert check.problems() == []


def test_every_refusal_can_be_told_to_people():
    assert list(check.untold(Texts(PACKAGE), check.known_errors())) == []
