"""HTTP in: thin, each route names its action; in files by noun."""

from collections.abc import Sequence

from services.intake.api import area, household, request
from wij.call import Routes

ROUTES: Sequence[Routes] = (request.routes, household.routes, area.routes)
