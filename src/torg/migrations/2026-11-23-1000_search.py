"""Search as people expect it: the words of the goods, synonyms, and what found nothing."""

from alembic import op

revision = "20261123_1000"
down_revision = "20261123_0706"

SQL = """
-- The words of the goods as they are spelled, for guesses at what was meant: 0 in a name, 1 beside it, 2 in a description.
CREATE TABLE words (
    language    text COLLATE "C" NOT NULL,
    word        text COLLATE "C" NOT NULL,
    place       smallint NOT NULL CHECK (place BETWEEN 0 AND 2),
    learned_at  timestamptz NOT NULL,
    PRIMARY KEY (language, word)
);
CREATE INDEX words_learned ON words (language, learned_at);

-- Who asks for one of `words` is shown what has one of `means` as well; without `means` all of `words` mean each other.
CREATE TABLE synonyms (
    id        uuid PRIMARY KEY,
    language  text COLLATE "C" NOT NULL,
    words     text[] NOT NULL,
    means     text[] NOT NULL,
    version   integer NOT NULL,
    CHECK (cardinality(words) + cardinality(means) >= 2 AND cardinality(words) >= 1)
);
CREATE INDEX synonyms_language ON synonyms (language, id);

-- Questions that found nothing, by day. The digest tells same from same; the words stand here when many have asked.
CREATE TABLE unanswered (
    channel   text COLLATE "C" NOT NULL,
    language  text COLLATE "C" NOT NULL,
    day       date NOT NULL,
    digest    bytea NOT NULL,
    times     integer NOT NULL CHECK (times > 0),
    question  text,
    PRIMARY KEY (channel, language, day, digest)
);
"""


def upgrade() -> None:
    op.execute(SQL)
