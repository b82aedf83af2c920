"""Measuring systems on a data set: `scoring` runs them, `report` writes what was found."""
