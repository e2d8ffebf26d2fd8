"""Proof that nothing is lost: everything is killed, stopped, cut off and filled, and then every service is asked."""
