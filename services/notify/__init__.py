"""Notify: who must hear what, when; and every deadline.

Owns      notifications and how each went, the inboxes, deadlines and the policy that sets them.
Says      notification.sent/refused/unknown/suppressed · deadline.approaching/passed.
Listens   intake, plan and matching: whatever its table names (`domain/rules.py`, `domain/deadlines.py`) · itself:
          what a deadline or a silent mail server means for people stands in the same table.
Refuses   deciding about a message whose fate is known · marking somebody else's item as done.

Of people it keeps ids only: names and addresses are asked from their owner at the moment of sending, and forgotten.
"""
