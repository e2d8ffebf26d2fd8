"""WIJ itself as a variant of the journey: the real services, with the decisions of people taken by a program."""
