"""HTTP in: thin, each route names its action; in files by noun."""

from collections.abc import Sequence

from services.matching.api import answer_links, matches, needs, volunteers
from wij.call import Routes

ROUTES: Sequence[Routes] = (volunteers.routes, needs.routes, matches.routes, answer_links.routes)
