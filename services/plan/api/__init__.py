"""HTTP in: thin, each route names its action; in files by noun."""

from collections.abc import Sequence

from services.plan.api import case, handover, plan, support
from wij.call import Routes

ROUTES: Sequence[Routes] = (case.routes, handover.routes, plan.routes, support.routes)
