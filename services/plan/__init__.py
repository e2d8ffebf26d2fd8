"""Plan: one household, one director, one plan.

- owns: the case and who directs it at each instant; handover, absence and deputy; who is involved; the versions of the
  plan with goals, actions and reviews; what may be shared on which basis; what is asked of the neighbourhood.
- says: `case.*`, `director.*`, `handover.*`, `plan.*`, `action.*`, `review.*`, `consent.*`, `support_need.requested`
  and `.withdrawn`, `help_request.attached_to_case`.
- listens to: intake (a request accepted; who works where), matching (how a need fares), notify (a term that passed).
- refuses: a second case, director or active plan of one household (I1, I2, I3); an act by who no longer directs; half a
  handover (I4); a professional before own strength (S4-7, S4-12); help asked without consent that covers it (PRIV-09).

Free text about people (wishes, notes) stays in this service's tables; events carry ids, codes and dates.
"""
