"""Intake: a question comes in, becomes clear and safe, and finds its household and its team.

Owns: help requests and their words, the waiting list, households and persons with all contact data, teams with their
areas, workers, contacts, and the policy on terms and urgency.
Says: `help_request.*`, `household.*`, `person.*`, `team.activated`, `team_area.changed`, `worker.*`.
Listens to: plan, for what became of accepted requests and for who works with which household (need-to-know).
Refuses: a category before the words (S2-8), acceptance before the safety check and waiting when it is acute (I18), a
second primary household (I14), two teams for one neighbourhood (I16), a look without a trace (PRIV-05).
"""
