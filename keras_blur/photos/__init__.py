"""Folders of photos: find them, judge them, move, copy or tag them, and show them in one page."""
