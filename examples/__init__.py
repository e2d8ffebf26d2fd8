"""A small municipality of ours to try WIJ with: nobody in it exists.

municipality/   teams, neighbourhoods, workers, contacts, 200 requests and 300 volunteers, for `wij import`
generate.py     makes those files, always the same bytes (places, askers, volunteers, names; questions.txt: words)
demo.py         `make demo`: brings the files in and plays one household's story (story.py) through the HTTP API
subscriber.py   follows one neighbourhood from outside, with nothing but nats-py
"""
