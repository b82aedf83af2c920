"""What the papers and their successors report: never measured by us, never in a column with our figures."""

PUBLISHED: dict[str, str] = {
    "all_blurred": "max F1 .777, all 1000 photos",
    "schuster2016": "IoU of blurred .80, 20 photos",
    "sun2015": "IoU of blurred .52, 10 motion photos (Schuster 2016)",
    "kim2018": "accuracy .890, F1 .864, mIoU .779, his published 100 photos, masks cut to his maps' size",
    "bdnet2020": "mIoU .800, 3-fold of all 1000 photos",
    "dbm2018": "max F1 .853, all 1000 photos",
    "su2011": "max F1 .804, all 1000 photos; IoU of blurred .76, 20 photos (Schuster 2016)",
    "shi2014": "max F1 .799, all 1000 photos; IoU of blurred .49, 20 photos (Schuster 2016)",
    "chakrabarti2010": "max F1 .777, all 1000 photos; IoU of blurred .31, 20 photos (Schuster 2016)",
    "lbp2016": "max F1 .822, all 1000 photos",
    "hifst2017": "max F1 .831, all 1000 photos",
    "jnb2015": "max F1 .813, all 1000 photos",
    "zhuo2011": "max F1 .788, all 1000 photos",
}
"""System -> what and where. "max F1": of precision and recall averaged over photos, best threshold."""


def published(system: str) -> str:
    """The published figures of a system, or of what it is a small variant of; "" if none is known."""
    name = system.split()[0]
    return PUBLISHED.get(name) or PUBLISHED.get(name.removesuffix("_small"), "")
