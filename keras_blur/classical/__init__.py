"""Hand-made methods: photo in, map out. One file a paper, with its specification; a line here for each."""

from keras_blur.spec import Specs

FILES = {
    "laplacian_variance": "laplacian_variance",
    "su2011": "su2011_type",
    "shi2014": "shi2014",
    "chakrabarti2010": "chakrabarti2010",
    "lbp2016": "lbp2016",
    "hifst2017": "hifst2017",
    "jnb2015": "jnb2015",
    "zhuo2011": "zhuo2011",
}
"""A method's name and its file."""

SPECS = Specs({name: f"{__name__}.{file}" for name, file in FILES.items()})
"""The specification of every method."""
