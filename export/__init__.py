"""Trained networks as files for phones, browsers and servers, proven equal to what was trained.

`python -m export` converts and verifies, `python -m export.benchmark` measures, `python -m export.all` does
every run of a folder, `python -m export.layers` says where integers lose accuracy. Needs the extras
`tensorflow` and `lite`, and `data` where a data set gives the photos. Nothing in `keras_blur` imports this
package.
"""
