"""How fast, as ratios in one run: the same work done by WIJ and by its peers, alternating. See bench/README.md."""
