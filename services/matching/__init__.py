"""Matching: who in the neighbourhood can help, and whether both sides want it.

Owns      volunteers and their hours, support needs as they look for somebody, proposals, running help, answer links.
Says      volunteer.activated/paused · conduct_certificate.validated · match.proposed/accepted_by_volunteer/
          accepted_by_household/declined/expired · assignment.introduced/activated/ended/withdrawn ·
          support_need.matched/reopened/fulfilled/ended.
Listens   intake: team_area.changed · notify: deadline.passed (term `match`) · plan: support_need.requested/withdrawn,
          consent.withdrawn, case.opened/closed, director.handed_over, absences and involvements (who may know).
Refuses   a volunteer who misses one hard condition (each by its name) · a second live match for a need · hours
          beyond a volunteer's capacity · starting before both said yes and met · an answer by a used or expired link.
"""
