"""Mail: written in the same transaction as its reason, sent after it, told once however often things are
tried.

`await mail.send(tx, to=…, template="access/reset", language="nb", facts={…})` writes a row, which is the queue: the
postman in each worker sends what is due. Promises: no mail without its transaction, and none lost; a server that
says no for good ends the mail as failed with its reason (`mail.failed`), any other trouble is tried again for about
a day. At least once: when the answer to a finished delivery is lost, the mail is sent again, byte by byte the same
and with the same Message-ID, so that mail programs recognise it. With the setting `mail=mailbox` nothing leaves Torg:
the mail counts as sent and is read on the mailbox page.

**Writing a mail.** A package has a folder `mails` with `reset.html` (extends `mail/layout.html`, block
`content`), `reset.txt` (extends `mail/layout.txt`) and `reset.toml`, an example of its facts, with which a
test renders it in six languages. Its subject is the text `mail.<package>.reset.subject` with the same facts;
the layout shows it as the heading. In templates: `t`, `html`, `words` as on pages. Links are absolute and are
facts of the caller; nothing is loaded from anywhere. One that opens something without signing in is a `SealedLink`:
its seal is made when the mail leaves Torg, and what is kept opens nothing.
"""

from torg.kernel.mail.enqueue import Wish, send, send_all
from torg.kernel.mail.links import SealedLink, as_sent, named
from torg.kernel.mail.model import BadRecipient, Mail, MailFailed, MailStatus
from torg.kernel.mail.read import find, newest

__all__ = [
    "BadRecipient",
    "Mail",
    "MailFailed",
    "MailStatus",
    "SealedLink",
    "Wish",
    "as_sent",
    "find",
    "named",
    "newest",
    "send",
    "send_all",
]
